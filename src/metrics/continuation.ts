import { bucketsSince } from './buckets.ts';
import { CLOCK_TOLERANCE } from './recency.ts';
import type { Series, Snapshot } from './source.ts';

/**
 * A series that is not simply the continuation of what it was.
 * `appeared`: new at a known target, so everything it counted happened since the sample before.
 * `joined`: at a target not seen before; its past is unknown, so it counts from this sample on.
 * `reset`: it began again, and what it shows has been counted since, unless it says that it is older than that.
 * `reshaped`: the histogram has other edges; it counts from this sample on.
 * `vanished`: not there any more. At a target that goes on, it is said again with every sample: what it counts is not seen.
 */
export interface SeriesChange {
  readonly kind: 'appeared' | 'joined' | 'reset' | 'reshaped' | 'vanished';
  readonly target: string;
  readonly name: string;
}

/** Whether requests of the interval went uncounted, so that nobody may call it observed. */
export function losesRequests({ kind }: SeriesChange): boolean {
  return kind !== 'appeared';
}

/** What makes it the same series in two snapshots. */
export function identityOf({ target, name }: Series): string {
  return `${target} ${name}`;
}

/** What one series counted between two snapshots. */
interface Counted {
  /** The same series with what it counted in the interval; `undefined` when that is unknown. */
  readonly counted?: Series;
  readonly change?: SeriesChange['kind'];
}

/** A series of which nothing is known from before. */
export function firstSeen(series: Series, isKnownTarget: boolean): Counted {
  return isKnownTarget ? { counted: series, change: 'appeared' } : { change: 'joined' };
}

/** What a series counted since it was seen last; `seenAt` is when it was true then, in epoch milliseconds. */
export function since(before: Series, after: Series, seenAt: number): Counted {
  if (isAnother(before, after)) {
    // Older than the look before, and not what was seen then: two processes answer at one address, and nobody knows for whom.
    const isNew = after.created !== undefined && after.created > seenAt - CLOCK_TOLERANCE;
    return isNew ? { counted: after, change: 'reset' } : { change: 'reset' };
  }
  if (after.kind === 'duration') {
    if (before.kind !== 'duration') return { change: 'reshaped' };
    const buckets = bucketsSince(before.buckets, after.buckets);
    if (buckets === 'reshaped') return { change: 'reshaped' };
    return buckets === 'reset' ? { counted: after, change: 'reset' } : { counted: { ...after, buckets } };
  }
  if (before.kind === 'duration') return { change: 'reshaped' };
  if (after.count < before.count) return { counted: after, change: 'reset' };
  return { counted: { ...after, count: after.count - before.count } };
}

/** Whether it began at another time. One that does not say when may be the same. */
function isAnother(before: Series, after: Series): boolean {
  return before.created !== undefined && after.created !== undefined && before.created !== after.created;
}

/** Which of the missing series leave something unseen, and which are remembered in case they come back. */
export function missingFrom(
  before: Snapshot,
  after: Snapshot,
  { missing, changes }: { missing: readonly Series[]; changes: readonly SeriesChange[] },
): { vanished: SeriesChange[]; gone: Series[] } {
  const there = new Set(after.series.map(({ target }) => target));
  const justNow = new Set(before.series.map(identityOf));
  const restarted = new Set(changes.filter(({ kind }) => kind === 'reset').map(({ target }) => target));
  // A target that began again shows nothing yet where nothing happened since, and what it showed before is over.
  const isOver = ({ target }: Series) => restarted.has(target);
  const isUnseen = (series: Series) => justNow.has(identityOf(series)) || (there.has(series.target) && !isOver(series));
  const vanished = missing.filter(isUnseen).map(({ target, name }) => ({ kind: 'vanished' as const, target, name }));
  return { vanished, gone: missing.filter((series) => !isOver(series)) };
}
