import { countOf, ExpositionError, parseNumber, seriesName, type Sample } from './exposition.ts';
import type { Buckets } from './source.ts';

/** Samples of a histogram's buckets, by the series they belong to. */
export type BucketGroups = ReadonlyMap<string, readonly Sample[]>;

/** Puts the buckets of one series together; the key is the series' own name and labels. */
export function groupBuckets(samples: readonly Sample[], histogram: string): BucketGroups {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const labels = new Map(sample.labels);
    if (!labels.delete('le')) throw new ExpositionError(`${histogram}: a bucket has no edge`);
    const series = seriesName(histogram, labels);
    const group = groups.get(series);
    if (group === undefined) groups.set(series, [sample]);
    else group.push(sample);
  }
  return groups;
}

/**
 * One series of a histogram.
 * @throws {ExpositionError} when edges repeat, counts fall, or the last bucket is not all there is.
 */
export function bucketsOf(group: readonly Sample[], total: Sample, histogram: string): Buckets {
  const rows = group.map((sample) => ({ edge: edgeOf(sample, histogram), count: countOf(sample) }));
  rows.sort((one, other) => one.edge - other.edge);
  rows.forEach(({ edge, count }, index) => {
    const previous = rows[index - 1];
    if (previous === undefined) return;
    if (edge === previous.edge) throw new ExpositionError(`${histogram}: an edge is there twice`);
    if (count < previous.count) throw new ExpositionError(`${histogram}: the counts of the buckets fall`);
  });
  const last = rows.pop();
  const count = countOf(total);
  if (last?.edge !== Infinity || last.count !== count) {
    throw new ExpositionError(`${histogram}: the last bucket does not hold all requests`);
  }
  return { edges: rows.map(({ edge }) => edge), counts: rows.map((row) => row.count), count };
}

function edgeOf({ labels }: Sample, histogram: string): number {
  const edge = parseNumber(labels.get('le') ?? '');
  if (edge === undefined || Number.isNaN(edge) || edge === -Infinity) {
    throw new ExpositionError(`${histogram}: an edge is not a number`);
  }
  return edge;
}
