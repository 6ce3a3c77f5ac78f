import { Counts } from './counts.ts';
import type { Circumstances, Judge } from './judge.ts';
import { Z95, Z99 } from './latency.ts';
import { rankStatistic, shiftBetween } from './rank-statistic.ts';

const INTERVAL = 5 * 60_000;
/** The part of the estimated shift that may be there by chance. */
const TOLERANCE = 0.25;

/** Whether the values of the service under test lie above those of the baseline. */
export type Comparison = (tested: readonly number[], baseline: readonly number[]) => boolean;

/** One-sided at 5 %. */
export const isHigherAt5Percent: Comparison = (tested, baseline) => rankStatistic(tested, baseline) > Z95;

/** The lower end of a two-sided 98 % interval of the shift lies above a quarter of the shift itself. */
export const isHigherAt98Percent: Comparison = (tested, baseline) => {
  if (rankStatistic(tested, baseline) <= Z99) return false;
  const shift = shiftBetween(tested, baseline);
  return shift > 0 && rankStatistic(tested, baseline, TOLERANCE * shift) > Z99;
};

/**
 * A Mann-Whitney test of the shares of errors and of slow requests, sample by sample, against a baseline that gets as
 * many requests at the same time: once for every five minutes, the first hit stops.
 */
export class RankTest implements Judge {
  readonly #circumstances: Circumstances;
  readonly #isHigher: Comparison;
  readonly #samples: number;
  readonly #baseline = new Counts();
  #errors: Pair = { tested: [], baseline: [] };
  #slow: Pair = { tested: [], baseline: [] };

  constructor(circumstances: Circumstances, isHigher: Comparison) {
    this.#circumstances = circumstances;
    this.#isHigher = isHigher;
    this.#samples = Math.round(INTERVAL / circumstances.sampleEvery);
  }

  begin(): void {
    this.#errors = { tested: [], baseline: [] };
    this.#slow = { tested: [], baseline: [] };
  }

  stops(interval: Counts): boolean {
    const { baseline, random } = this.#circumstances;
    this.#baseline.clear();
    baseline.happen(interval.requests, this.#baseline, random);
    note(this.#errors, interval.errors, this.#baseline.errors, interval.requests);
    note(this.#slow, interval.slowerThanP99, this.#baseline.slowerThanP99, interval.requests);
    if (this.#errors.tested.length < this.#samples) return false;
    const pairs = [this.#errors, this.#slow];
    this.begin();
    return pairs.some((pair) => this.#isHigher(pair.tested, pair.baseline));
  }

  missing(): number {
    return 0;
  }
}

interface Pair {
  readonly tested: number[];
  readonly baseline: number[];
}

function note({ tested, baseline }: Pair, count: number, other: number, requests: number): void {
  tested.push(count / requests);
  baseline.push(other / requests);
}
