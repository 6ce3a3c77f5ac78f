import { shareTolerance } from '../domain/share.ts';

/**
 * How traffic is moved, whatever moves it: `http.ts` speaks our own small contract, `haproxy/` the runtime API of HAProxy,
 * `gateway-api/` Kubernetes, and `manual.ts` has a person do it. All keep the same promises.
 */
export interface TrafficPort {
  /**
   * The share that is in force now.
   * @throws {TrafficError}
   */
  read(signal: AbortSignal): Promise<Share>;
  /**
   * Moves the share, unless somebody else moved it since `expected` was read. One attempt. The answer is the router's
   * claim and proves nothing: read back, also after an error, because a lost answer may hide a move that happened.
   * @throws {TrafficError}
   * @throws {RangeError} when `to` is no share.
   */
  set(to: number, expected: Share, signal: AbortSignal): Promise<Share>;
  /** Who moves the share by hand, where no machine can: then `set` needs hands, always. */
  readonly owner?: string;
  /** Only where the router can take traffic back by itself when nobody says for a while that it shall stay. */
  readonly lease?: TrafficLease;
}

/** Traffic that is only lent: it goes away by itself when everything dies at once, whoever could have rolled back. */
export interface TrafficLease {
  /** Milliseconds after which it is to be renewed; it lasts three times as long. */
  readonly renewEvery: number;
  /** As `set` of the port, for as long as the lease lasts. The share at which the traffic stands renews it; `set` of the port ends it. */
  readonly set: TrafficPort['set'];
}

/** How much of the traffic goes through the platform. */
export interface Share {
  /** 0 to 100. */
  readonly percent: number;
  /** What the router calls this state; it changes with every move. */
  readonly version: string;
  /** Which of its lives the router is in; only where it forgets what it was told when it is reloaded or restarted. */
  readonly life?: string;
  /** Between which two percents the share lies, almost certainly; only where requests were counted because nobody says it. */
  readonly between?: { readonly low: number; readonly high: number };
}

/**
 * Why there is no share, by what the caller can do next: after `no-answer`, `late` and `not-in-force` read again; after
 * `moved-by-somebody-else` stop and ask; `refused` and `surprising-shape` need a person who mends the router, and
 * `needs-hands` one who moves the share.
 */
export type TrafficProblem =
  'no-answer' | 'late' | 'not-in-force' | 'moved-by-somebody-else' | 'needs-hands' | 'refused' | 'surprising-shape';

/** The router could not be read or moved. The message carries no token, header or body. */
export class TrafficError extends Error {
  override readonly name = 'TrafficError';
  readonly problem: TrafficProblem;
  /** With `not-in-force`: what the router was told all the same. It may be moved from there, and is never a share. */
  readonly told: Share | undefined;

  constructor(problem: TrafficProblem, detail: string, told?: Share) {
    super(detail);
    this.problem = problem;
    this.told = told;
  }
}

/** @throws {RangeError} when it is no share of traffic. */
export function assertPercent(percent: number): void {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError('a share lies between 0 and 100 percent');
}

/**
 * Whether this is that share. One that was told has to be it exactly. One that was counted has to lie near it as a whole,
 * for callers are unlike and hashes uneven; but none of the traffic and all of it are never merely near.
 */
export function standsAt({ percent, between }: Share, wanted: number): boolean {
  if (between === undefined) return percent === wanted;
  const isEnd = wanted === 0 || wanted === 100;
  if (isEnd && percent !== wanted) return false;
  return between.low >= wanted - shareTolerance(wanted) && between.high <= wanted + shareTolerance(wanted);
}

/** Whether no more traffic goes through the platform than that. */
export function isAtMost(share: Share, bound: number): boolean {
  const { percent, between } = share;
  return between === undefined ? percent <= bound : between.high <= bound || standsAt(share, bound);
}

/** Whether certainly more traffic goes through the platform than that. */
export function isAbove({ percent, between }: Share, bound: number): boolean {
  return between === undefined ? percent > bound : between.low > bound + shareTolerance(bound);
}

/**
 * Whether a router that was reloaded or restarted has forgotten the share at which we saw it last: it is in another life and
 * stands elsewhere. A move and a reload between two looks are the same to us as a reload alone.
 */
export function hasForgotten(seen: Share, now: Share): boolean {
  const isAnotherLife = seen.life !== undefined && now.life !== undefined && seen.life !== now.life;
  return isAnotherLife && !standsAt(now, seen.percent);
}
