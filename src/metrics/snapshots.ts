import { ExpositionError, type Exposition, type Sample } from './exposition.ts';
import { selectSeries, strangeLabel, type Selection } from './families.ts';
import { CLOCK_TOLERANCE } from './recency.ts';
import { MetricError, type Snapshot } from './source.ts';

/** What one target exposes. */
export interface Exposed {
  /** How errors and series name the target. */
  readonly target: string;
  readonly exposition: Exposition;
}

/** How old values may be, in milliseconds, when it was begun to read them at `startedAt` (epoch milliseconds). */
export interface Freshness {
  readonly startedAt: number;
  readonly staleAfter: number;
}

/**
 * One snapshot out of what every target exposes, whichever way it was read.
 * @throws {MetricError} when a target lacks one of our families, a value cannot be a count, is stale or from the future, or
 * series differ by a label that nobody named.
 */
export function snapshotOf(targets: readonly Exposed[], selection: Selection, freshness: Freshness): Snapshot {
  const selected = targets.map(({ target, exposition }) => {
    const ours = readable(target, () => selectSeries(exposition, selection, target));
    for (const sample of ours.samples) assertFresh(sample, freshness, target);
    return ours;
  });
  const samples = selected.flatMap((ours) => ours.samples);
  const label = strangeLabel(samples, selection);
  if (label !== undefined) {
    const where = targets.map(({ target }) => target).join(', ');
    throw new MetricError('surprising-shape', where, `series differ by the label ${label}, which nobody named`);
  }
  const at = samples.reduce((oldest, { timestamp = oldest }) => Math.min(oldest, timestamp), freshness.startedAt);
  return { at, series: selected.flatMap(({ series }) => series) };
}

/** Reads what a target exposes; what is not in the format is a {@link MetricError} of this target. */
export function readable<T>(target: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpositionError) throw new MetricError('surprising-shape', target, error.message);
    throw error;
  }
}

function assertFresh({ timestamp }: Sample, { startedAt, staleAfter }: Freshness, target: string): void {
  if (timestamp === undefined) return;
  if (!(timestamp >= startedAt - staleAfter)) throw new MetricError('surprising-shape', target, 'a value is too old');
  if (!(timestamp <= startedAt + CLOCK_TOLERANCE)) {
    throw new MetricError('surprising-shape', target, 'a value is from the future');
  }
}
