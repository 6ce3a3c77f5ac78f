/**
 * How far a sample lies above another one that is shifted by `shift`, in standard deviations: the Mann-Whitney test with
 * corrections for ties and continuity, as R's `wilcox.test` computes it. 0 when all values are the same.
 */
export function rankStatistic(sample: readonly number[], other: readonly number[], shift = 0): number {
  const values = [
    ...sample.map((value) => ({ value: value - shift, isOurs: true })),
    ...other.map((value) => ({ value, isOurs: false })),
  ].sort((one, another) => one.value - another.value);
  const all = values.length;
  let [rankSum, ties] = [0, 0];
  for (let first = 0, next = 0; first < all; first = next) {
    while (next < all && values[next]?.value === values[first]?.value) next += 1;
    const ours = values.slice(first, next).filter(({ isOurs }) => isOurs).length;
    rankSum += (ours * (first + 1 + next)) / 2;
    ties += (next - first) ** 3 - (next - first);
  }
  const [size, otherSize] = [sample.length, other.length];
  const excess = rankSum - (size * (all + 1)) / 2;
  const variance = ((size * otherSize) / 12) * (all + 1 - ties / (all * (all - 1)));
  return variance <= 0 ? 0 : (excess - 0.5 * Math.sign(excess)) / Math.sqrt(variance);
}

/** By how much one sample lies above the other: the median of all pairs of differences (Hodges and Lehmann 1963). */
export function shiftBetween(sample: readonly number[], other: readonly number[]): number {
  const differences = sample
    .flatMap((value) => other.map((less) => value - less))
    .sort((one, another) => one - another);
  const middle = Math.floor(differences.length / 2);
  const upper = differences[middle] ?? Number.NaN;
  return differences.length % 2 === 1 ? upper : (upper + (differences[middle - 1] ?? Number.NaN)) / 2;
}
