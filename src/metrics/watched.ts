import type { Limits } from '../domain/plan-schema.ts';
import { alphaOfStretch, LARGEST_GAP_INTERVALS } from './budget.ts';
import { beginCoverage, coverageUntil } from './coverage.ts';
import { addToNewestHour, beginNewestHour, type NewestHour } from './newest-hour.ts';
import { beginObservation, observe, type Observation } from './observation.ts';
import type { Snapshot } from './source.ts';
import { breachOf, judgeWindow, type Breach, type Judgement } from './verdict.ts';
import type { TrafficLimits } from './limited-shares.ts';
import type { Totals } from './window.ts';
import { addToMinutes, NO_MINUTES, type Minutes } from './worst-minute.ts';

/**
 * A window as far as it was watched, cut into pieces wherever more than two sample intervals went by unseen. What such a
 * gap took is not forgiven: it has to be observed again, which is what extends a window. Plain JSON, for heartbeats.
 */
export interface Watched {
  /** The piece that goes on now. Its totals are those of all pieces: counters lose nothing in a gap. */
  readonly piece: Observation;
  /** Milliseconds observed in the pieces before. */
  readonly before: number;
  /** Where it was cut, in milliseconds of each gap. */
  readonly gaps: readonly number[];
  readonly minutes: Minutes;
  readonly newestHour: NewestHour;
}

const GAPS_KEPT = 50;

export function beginWatched(from: number, every: number): Watched {
  return {
    piece: beginObservation(from, every),
    before: 0,
    gaps: [],
    minutes: NO_MINUTES,
    newestHour: beginNewestHour(from),
  };
}

/** What one more sample brought: `newest` is what happened since the one before. */
interface Sampled {
  readonly watched: Watched;
  readonly newest?: Totals;
}

/**
 * One more sample. The limits say which minute was the worst. Where it is not certain that the traffic was what it was meant
 * to be, the sample counts and its time does not.
 */
export function watch(watched: Watched, snapshot: Snapshot, limits: TrafficLimits, isCertain = true): Sampled {
  const { baseline } = watched.piece;
  const sampled = watchForVerdict(watched, snapshot, isCertain);
  const { newest } = sampled;
  if (newest === undefined || baseline === undefined) return sampled;
  const minutes = addToMinutes(watched.minutes, { from: baseline.at, until: snapshot.at, totals: newest }, limits);
  return { watched: { ...sampled.watched, minutes }, newest };
}

/** The same without its minutes, on which no verdict rests: whoever watches a whole day again has no time for them. */
export function watchForVerdict(watched: Watched, snapshot: Snapshot, isCertain = true): Sampled {
  const { coverage } = watched.piece;
  const { every, last = coverage.from } = coverage;
  const gap = snapshot.at - last;
  const begun = gap > LARGEST_GAP_INTERVALS * every ? cut(watched, last, snapshot.at) : watched;
  const { observation, newest } = observe(begun.piece, snapshot, isCertain);
  const next = { ...begun, piece: observation };
  if (newest === undefined) return { watched: next };
  return { watched: { ...next, newestHour: addToNewestHour(watched.newestHour, newest, snapshot.at) }, newest };
}

/** A limit that is certainly broken in the window so far, or in the newest hour of it. */
export function breachIn({ piece, newestHour }: Watched, limits: TrafficLimits, alpha: number): Breach | undefined {
  const { ordinal, older } = newestHour;
  const breach = breachOf(piece.totals, limits, alphaOfStretch(alpha, 1));
  if (breach !== undefined || ordinal === 1) return breach;
  return breachOf(older.totals, limits, alphaOfStretch(alpha, ordinal));
}

/** Milliseconds that were observed until `now`. */
export function observedUntil({ piece, before }: Watched, now: number): number {
  const { share } = coverageUntil(piece.coverage, now);
  return before + share * Math.max(0, now - piece.coverage.from);
}

/** What the window is worth at `now`, held against its planned length in milliseconds. */
export function judgeWatched(
  watched: Watched,
  { length, now, ...held }: { length: number; now: number; limits: Limits; alpha: number; percent: number },
): Judgement & { readonly missing: number } {
  const observed = observedUntil(watched, now);
  const { totals, coverage } = watched.piece;
  const { samples, largestGap, every } = coverageUntil(coverage, now);
  const share = Math.min(1, observed / length);
  const breach = breachIn(watched, held.limits, held.alpha);
  const judgement = judgeWindow({ totals, ...held, breach, coverage: { samples, share, largestGap, every } });
  const unseen = Math.max(0, length - observed);
  // At the rate that was seen: of the time that was not, nobody knows how many requests it holds.
  const tooFew =
    Math.max(0, held.limits.minimumRequests / Math.max(1, totals.requests) - 1) * Math.min(observed, length);
  return {
    ...judgement,
    missing: judgement.verdict === 'inconclusive' ? Math.ceil(Math.max(unseen, tooFew, every)) : 0,
  };
}

function cut(watched: Watched, last: number, at: number): Watched {
  const { coverage } = watched.piece;
  return {
    ...watched,
    piece: { ...watched.piece, coverage: beginCoverage(at, coverage.every) },
    before: observedUntil(watched, last),
    gaps: [...watched.gaps, at - last].slice(-GAPS_KEPT),
  };
}
