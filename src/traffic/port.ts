/**
 * How traffic is moved, whatever moves it. `http.ts` speaks our own small contract; adapters for HAProxy and the Gateway
 * API belong beside it and keep the same promises.
 */
export interface TrafficPort {
  /**
   * The share as the router has it now.
   * @throws {TrafficError}
   */
  read(signal: AbortSignal): Promise<Share>;
  /**
   * Moves the share, unless somebody else moved it since `expected` was read. One attempt. The answer is the router's
   * claim and proves nothing: read back, also after an error, because a lost answer may hide a move that happened.
   * @throws {TrafficError}
   */
  set(to: number, expected: Share, signal: AbortSignal): Promise<Share>;
}

/** How much of the traffic goes through the platform. */
export interface Share {
  /** 0 to 100. */
  readonly percent: number;
  /** What the router calls this state; it changes with every move. */
  readonly version: string;
}

/**
 * Why there is no share, by what the caller can do next: after `no-answer` and `late` read again; after
 * `moved-by-somebody-else` stop and ask; `refused` and `surprising-shape` need a person.
 */
export type TrafficProblem = 'no-answer' | 'late' | 'moved-by-somebody-else' | 'refused' | 'surprising-shape';

/** The router could not be read or moved. The message carries no token, header or body. */
export class TrafficError extends Error {
  override readonly name = 'TrafficError';
  readonly problem: TrafficProblem;

  constructor(problem: TrafficProblem, detail: string) {
    super(detail);
    this.problem = problem;
  }
}
