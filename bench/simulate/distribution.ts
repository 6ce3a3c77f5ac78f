import type { Random } from './random.ts';

/** A distribution over 0, 1, 2, … that is drawn from in constant time: the alias method (Walker 1977, Vose 1991). */
class Discrete {
  readonly #kept: Float64Array;
  readonly #other: Int32Array;

  /** @param lnWeights natural logarithms, up to a constant, of how likely each number is */
  constructor(lnWeights: readonly number[]) {
    const greatest = lnWeights.reduce((one, other) => Math.max(one, other));
    const weights = lnWeights.map((weight) => Math.exp(weight - greatest));
    const sum = weights.reduce((one, other) => one + other);
    this.#kept = Float64Array.from(weights, (weight) => (weight / sum) * weights.length);
    this.#other = Int32Array.from(weights.keys());
    fill(this.#kept, this.#other);
  }

  draw(random: Random): number {
    const column = Math.floor(random.share() * this.#kept.length);
    return random.share() < (this.#kept[column] ?? 1) ? column : (this.#other[column] ?? column);
  }
}

/** Fills every column that holds less than 1 from one that holds more, and notes from which. */
function fill(kept: Float64Array, other: Int32Array): void {
  const [small, large]: [number[], number[]] = [[], []];
  kept.forEach((held, column) => (held < 1 ? small : large).push(column));
  for (
    let [taker, giver] = [small.pop(), large.at(-1)];
    taker !== undefined && giver !== undefined;
    [taker, giver] = [small.pop(), large.at(-1)]
  ) {
    other[taker] = giver;
    const left = (kept[giver] ?? 0) - (1 - (kept[taker] ?? 0));
    kept[giver] = left;
    if (left < 1) small.push(large.pop() ?? giver);
  }
}

/**
 * How many of some requests are of one kind. With a correlation of 0 each request decides for itself (binomial); with
 * more, the share itself is drawn anew from a Beta distribution for each draw (beta-binomial), so that the variance is
 * 1 + (requests - 1) · correlation times as large.
 */
export class CountOf {
  readonly #share: number;
  readonly #correlation: number;
  readonly #tables: Discrete[] = [];

  constructor(share: number, correlation = 0) {
    this.#share = share;
    this.#correlation = correlation;
  }

  draw(requests: number, random: Random): number {
    if (this.#share <= 0 || requests === 0) return 0;
    if (this.#share >= 1) return requests;
    const table = (this.#tables[requests] ??= new Discrete(this.#lnWeights(requests)));
    return table.draw(random);
  }

  /** By the ratio of neighbours, from a weight of 1 for no request at all. */
  #lnWeights(requests: number): number[] {
    const [share, correlation] = [this.#share, this.#correlation];
    const lnWeights = [0];
    for (let count = 0, lnWeight = 0; count < requests; count++) {
      const more = share * (1 - correlation) + correlation * count;
      const fewer = (1 - share) * (1 - correlation) + correlation * (requests - count - 1);
      lnWeight += Math.log(((requests - count) / (count + 1)) * (more / fewer));
      lnWeights.push(lnWeight);
    }
    return lnWeights;
  }
}
