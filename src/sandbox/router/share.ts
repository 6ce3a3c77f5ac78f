import type { Ledger } from '../ledger.ts';

/** The state of the router's switch, as the `http` traffic adapter's contract shows it. */
export interface ShareState {
  readonly percent: number;
  readonly version: string;
}

export interface ShareWish {
  readonly percent: number;
  /** Seconds after which the share falls back to zero unless it is set again. */
  readonly ttl?: number | undefined;
  readonly actor: string;
  readonly reason?: string | undefined;
}

/** How much traffic goes through the platform. Moves only for who knows the present version. */
export class Share {
  readonly #ledger: Ledger;
  #percent = 0;
  #version = 1;
  #lease: NodeJS.Timeout | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get state(): ShareState {
    return { percent: this.#percent, version: `v${this.#version}` };
  }

  /** The new state, or `conflict` when somebody else moved the share since `version` was read. */
  compareAndSet(version: string, wish: ShareWish): ShareState | 'conflict' {
    if (version !== this.state.version) return 'conflict';
    this.#move(wish);
    this.release();
    if (wish.ttl !== undefined) this.#lease = setTimeout(() => this.#lapse(), wish.ttl * 1000).unref();
    return this.state;
  }

  /** Ends a running lease without moving the share. */
  release(): void {
    clearTimeout(this.#lease);
  }

  #lapse(): void {
    this.#move({ percent: 0, actor: 'lease', reason: 'the lease ran out' });
  }

  #move({
    percent,
    actor,
    reason = null,
  }: Omit<ShareWish, 'reason'> & { readonly reason?: string | null | undefined }): void {
    if (percent === this.#percent) return;
    const from = this.#percent;
    this.#percent = percent;
    this.#version += 1;
    const { version } = this.state;
    this.#ledger.record({ what: 'share', from, to: percent, version }, { tenant: null, actor, reason });
  }
}
