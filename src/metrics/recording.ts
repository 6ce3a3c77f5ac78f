import type { Digest } from '../domain/verdict.ts';
import type { DurationSeries, RequestSeries, RoutedSeries, Series, Snapshot } from './source.ts';

/** One look at the traffic, as it is kept: what was read, or why nothing could be. */
export interface Look {
  /** Epoch milliseconds: when the snapshot was true, or when it could not be had. */
  readonly at: number;
  readonly snapshot: Snapshot | null;
  /** What the router said that its share is, in percent; `null` where it did not say. */
  readonly share: number | null;
  readonly problem: string | null;
}

/** A series without what it counted. */
type SeriesHead =
  | Omit<RequestSeries, 'count'>
  | Omit<RoutedSeries, 'count'>
  | (Omit<DurationSeries, 'buckets'> & { readonly edges: readonly number[] });

/** Counts in the order of the heads; a histogram has one of each bucket and, last, of all. */
type Counts = readonly (number | readonly number[])[];

interface KeptLook {
  readonly at: number;
  readonly share: number | null;
  readonly problem: string | null;
  /** `null` where nothing could be read. */
  readonly counts: Counts | null;
}

/** Looks that saw the same series: names and labels are kept once. */
interface Segment {
  readonly series: readonly SeriesHead[];
  readonly looks: readonly KeptLook[];
}

/** Raw samples as they lie in the evidence. Each chunk names the one before it, so the last one leads to all of them. */
export interface SampleChunk {
  readonly format: 'golive-samples/v1';
  readonly previous: Digest | null;
  /** How many looks of the window came before this chunk: a number that is too high tells that some were lost. */
  readonly before: number;
  readonly segments: readonly Segment[];
}

/**
 * The raw samples of a window: the last chunk that is in the evidence, and what is not there yet. Plain JSON, for heartbeats,
 * so that a worker that dies takes no sample with it that the totals count.
 */
export interface Recording {
  readonly previous: Digest | null;
  /** How many looks came before those that are pending. */
  readonly before: number;
  readonly pending: readonly Segment[];
  /** Looks that were dropped because the evidence could not be written for too long. */
  readonly lost: number;
}

export const NO_RECORDING: Recording = { previous: null, before: 0, pending: [], lost: 0 };

/** Five minutes of the usual interval: small enough for a heartbeat, and a few hundred chunks for a whole go-live. */
const FULL_CHUNK = 30;
/** An hour without a store: more would be too much for a heartbeat. */
const MOST_PENDING = 360;

/** The recording with one more look. */
export function recordLook(recording: Recording, look: Look): Recording {
  const { series, kept } = split(look);
  const last = recording.pending.at(-1);
  const goesOn = last !== undefined && (kept.counts === null || sameSeries(last.series, series));
  const pending = goesOn
    ? [...recording.pending.slice(0, -1), { ...last, looks: [...last.looks, kept] }]
    : [...recording.pending, { series, looks: [kept] }];
  const tooMany = countLooks(pending) - MOST_PENDING;
  if (tooMany <= 0) return { ...recording, pending };
  const { before, lost } = recording;
  return { ...recording, before: before + tooMany, pending: withoutFirst(pending, tooMany), lost: lost + tooMany };
}

/** Whether there is enough for a chunk. */
export function isChunkDue({ pending }: Recording): boolean {
  return countLooks(pending) >= FULL_CHUNK;
}

/** Everything that is not in the evidence yet, as one chunk; `undefined` when there is nothing. */
export function chunkOf({ previous, before, pending }: Recording): SampleChunk | undefined {
  return pending.length === 0 ? undefined : { format: 'golive-samples/v1', previous, before, segments: pending };
}

/** The recording once a chunk of it lies in the evidence; looks that came meanwhile stay pending. */
export function chunkKept(recording: Recording, chunk: SampleChunk, digest: Digest): Recording {
  const before = Math.max(recording.before, chunk.before + countLooks(chunk.segments));
  return {
    ...recording,
    previous: digest,
    before,
    pending: withoutFirst(recording.pending, before - recording.before),
  };
}

/** The looks of a chunk, as they were. */
export function looksOf({ segments }: SampleChunk): Look[] {
  return segments.flatMap(({ series, looks }) =>
    looks.map(({ at, share, problem, counts }) => ({
      at,
      share,
      problem,
      snapshot: counts === null ? null : { at, series: series.map((head, index) => join(head, counts[index])) },
    })),
  );
}

function split({ at, snapshot, share, problem }: Look): { series: readonly SeriesHead[]; kept: KeptLook } {
  if (snapshot === null) return { series: [], kept: { at, share, problem, counts: null } };
  return {
    series: snapshot.series.map(headOf),
    kept: { at: snapshot.at, share, problem, counts: snapshot.series.map(countsOf) },
  };
}

function headOf(series: Series): SeriesHead {
  if (series.kind === 'duration') {
    const { buckets, ...head } = series;
    return { ...head, edges: buckets.edges };
  }
  const { count: _count, ...head } = series;
  return head;
}

function countsOf(series: Series): number | readonly number[] {
  return series.kind === 'duration' ? [...series.buckets.counts, series.buckets.count] : series.count;
}

function join(head: SeriesHead, counts: number | readonly number[] | undefined): Series {
  if (head.kind !== 'duration') return { ...head, count: single(counts) };
  const { edges, ...rest } = head;
  const [count = NaN, ...faster] = typeof counts === 'object' ? counts.toReversed() : [];
  return { ...rest, buckets: { edges, counts: faster.toReversed(), count } };
}

/** What is not there is no number, so that nobody takes it for zero. */
function single(counts: number | readonly number[] | undefined): number {
  return typeof counts === 'number' ? counts : NaN;
}

function sameSeries(one: readonly SeriesHead[], other: readonly SeriesHead[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function countLooks(segments: readonly Segment[]): number {
  return segments.reduce((sum, { looks }) => sum + looks.length, 0);
}

function withoutFirst(segments: readonly Segment[], count: number): readonly Segment[] {
  let left = count;
  return segments.flatMap((segment) => {
    const looks = segment.looks.slice(left);
    left = Math.max(0, left - segment.looks.length);
    return looks.length === 0 ? [] : [{ ...segment, looks }];
  });
}
