import { sharesOf, type TrafficLimits } from '../../src/metrics/limited-shares.ts';
import { Counts } from './counts.ts';
import type { Circumstances, Judge } from './judge.ts';

const MINUTE = 60_000;

/** The limits held against each minute by itself; stops once more minutes than are forgiven were outside. */
export class FixedThreshold implements Judge {
  readonly #limits: TrafficLimits;
  readonly #samples: number;
  readonly #forgiven: number;
  readonly #minute = new Counts();
  #sampled = 0;
  #failures = 0;

  constructor({ limits, sampleEvery }: Circumstances, forgiven: number) {
    this.#limits = limits;
    this.#samples = Math.round(MINUTE / sampleEvery);
    this.#forgiven = forgiven;
  }

  begin(): void {
    this.#minute.clear();
    this.#sampled = 0;
    this.#failures = 0;
  }

  stops(interval: Counts): boolean {
    this.#minute.add(interval);
    this.#sampled += 1;
    if (this.#sampled < this.#samples) return false;
    if (isOutside(this.#minute, this.#limits)) this.#failures += 1;
    this.#minute.clear();
    this.#sampled = 0;
    return this.#failures > this.#forgiven;
  }

  missing(): number {
    return 0;
  }
}

function isOutside(minute: Counts, limits: TrafficLimits): boolean {
  return sharesOf(minute.totals(limits), limits).some(({ count = 0, of, side, bound }) =>
    side === 'at-most' ? count / of > bound : count / of < bound,
  );
}
