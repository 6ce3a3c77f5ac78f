import type { Buckets } from './source.ts';

export const NO_DURATIONS: Buckets = { edges: [], counts: [], count: 0 };

/** Decimal labels and limits in milliseconds reach the same edge by different roundings. */
const SAME_EDGE = 1e-9;

/** What a histogram counted since `before`; `reset` when it began again, `reshaped` when its edges are others. */
export function bucketsSince(before: Buckets, after: Buckets): Buckets | 'reset' | 'reshaped' {
  if (before.edges.length !== after.edges.length) return 'reshaped';
  if (before.edges.some((edge, index) => edge !== after.edges[index])) return 'reshaped';
  const counts = after.counts.map((count, index) => count - (before.counts[index] ?? 0));
  const count = after.count - before.count;
  // A bucket of its own that shrinks shows a reset that the sums below it may hide.
  const own = [...counts, count].map((sum, index) => sum - (counts[index - 1] ?? 0));
  return own.some((number) => number < 0) ? 'reset' : { edges: after.edges, counts, count };
}

/** Two histograms as one, on the edges they share: between edges nothing is known, so nothing is interpolated. */
export function addBuckets(one: Buckets, other: Buckets): Buckets {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  const edges: number[] = [];
  const counts: number[] = [];
  one.edges.forEach((edge, index) => {
    const same = other.edges.indexOf(edge);
    if (same === -1) return;
    edges.push(edge);
    counts.push((one.counts[index] ?? 0) + (other.counts[same] ?? 0));
  });
  return { edges, counts, count: one.count + other.count };
}

/** How many took longer than `seconds`; `undefined` when no bucket ends exactly there. */
export function slowerThan(buckets: Buckets, seconds: number): number | undefined {
  const index = buckets.edges.findIndex((edge) => Math.abs(edge - seconds) <= SAME_EDGE * seconds);
  const faster = buckets.counts[index];
  return faster === undefined ? undefined : buckets.count - faster;
}

/**
 * For display only: the upper edge in seconds of the bucket that holds this quantile, so the truth is at most that.
 * `undefined` without requests, or when the quantile lies beyond the last edge.
 */
export function quantileAtMost({ edges, counts, count }: Buckets, quantile: number): number | undefined {
  if (count === 0) return undefined;
  return edges.find((_, index) => (counts[index] ?? 0) >= quantile * count);
}
