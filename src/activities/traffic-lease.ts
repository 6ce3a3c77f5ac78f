import { TrafficError, type Share, type TrafficPort } from '../traffic/port.ts';

const RENEW_WITHIN = 10_000;

/** Renews the lease on the traffic while somebody watches it, where the router lends it only. */
export class TrafficRenewal {
  readonly #traffic: Pick<TrafficPort, 'lease'>;
  readonly #percent: number;
  readonly #mayRenew: () => Promise<boolean>;
  #renewedAt = -Infinity;

  /**
   * `percent` is where the traffic is known to stand: what somebody else has set is not renewed. `mayRenew` is asked every time,
   * because whoever renews keeps the traffic up.
   */
  constructor(traffic: Pick<TrafficPort, 'lease'>, percent: number, mayRenew: () => Promise<boolean>) {
    this.#traffic = traffic;
    this.#percent = percent;
    this.#mayRenew = mayRenew;
  }

  /** When it is time. What fails is tried again with the next look, and three times before the lease is over. */
  async renew(share: Share | undefined): Promise<void> {
    const { lease } = this.#traffic;
    const isDue = lease !== undefined && performance.now() - this.#renewedAt >= lease.renewEvery;
    if (!isDue || share?.percent !== this.#percent || share.percent === 0) return;
    if (!(await this.#mayRenew())) return;
    try {
      await lease.set(share.percent, share, AbortSignal.timeout(RENEW_WITHIN));
      this.#renewedAt = performance.now();
    } catch (error) {
      if (!(error instanceof TrafficError)) throw error;
    }
  }
}
