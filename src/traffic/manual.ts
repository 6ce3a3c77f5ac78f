import { assertPercent, TrafficError, type Share, type TrafficPort } from './port.ts';

/** Who moves the share, and how it is found out where it stands. */
export interface ManualTrafficOptions {
  /** The person or the team that is asked. */
  readonly owner: string;
  /**
   * The share as requests are really routed: counted, `between` two bounds, and never guessed. Ends within a minute.
   * @throws {TrafficError} when there is any doubt
   */
  readonly observe: (signal: AbortSignal) => Promise<Share>;
}

/** The `manual` adapter: a person moves the share, and what the requests do proves it. Nobody's word is taken for it. */
export function manualTraffic({ owner, observe }: ManualTrafficOptions): TrafficPort {
  return {
    owner,
    read: observe,
    set: async (to, expected, signal) => {
      signal.throwIfAborted();
      assertPercent(to);
      const shown = `the requests show ${expected.percent.toFixed(1)} %`;
      throw new TrafficError('needs-hands', `${owner} must set the share to ${to} % by hand, ${shown}`);
    },
  };
}
