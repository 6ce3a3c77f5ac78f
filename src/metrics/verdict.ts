import { inPercent, shareTolerance } from '../domain/share.ts';
import { fit } from '../domain/text.ts';
import { LONGEST_SUMMARY, type Verdict } from '../domain/verdict.ts';
import { LARGEST_GAP_INTERVALS, LEAST_COVERAGE, TIMED_TOLERANCE } from './budget.ts';
import { certainlyAbove, certainlyBelow, lowerBound, upperBound } from './confidence.ts';
import type { CoverageReport } from './coverage.ts';
import { detectableShares, wouldHaveSeen, type DetectableShares } from './detectable.ts';
import { sharesOf, type LimitedShare, type LimitName, type TrafficLimits } from './limited-shares.ts';
import { isPlausible, NOTHING, type Totals } from './window.ts';

/** A limit that is certainly broken. */
export interface Breach {
  readonly limit: LimitName;
  /** The share that was observed, between 0 and 1. */
  readonly observed: number;
  /** What the plan allows. */
  readonly bound: number;
  /** The confidence bound nearest to what the plan allows: the true share lies beyond it. */
  readonly certainly: number;
  /** How many requests that rests on. */
  readonly requests: number;
}

/** What a window that has ended is judged by. */
export interface WatchedWindow {
  readonly totals: Totals;
  readonly coverage: CoverageReport;
  readonly limits: TrafficLimits;
  /** The limit that is certainly broken, as `breachOf` finds it. */
  readonly breach: Breach | undefined;
  /** False-alarm probability of one limit in this window, see `alphaOfWindow`. */
  readonly alpha: number;
  /** The share of the traffic that was asked for, in percent. */
  readonly percent: number;
}

/** A finding whose evidence is kept by the caller. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence for people, at most 120 characters. */
  readonly summary: string;
  /** Why it is not a pass; empty exactly when it is one. */
  readonly reasons: readonly string[];
  /** What this window could have noticed, whatever the verdict is. */
  readonly detectable: DetectableShares;
  readonly breach?: Breach;
}

/** The first limit that is certainly broken: whatever else is missing, that is reason enough to go back. */
export function breachOf(totals: Totals, limits: TrafficLimits, alpha: number): Breach | undefined {
  if (!isPlausible(totals)) return undefined;
  for (const share of sharesOf(totals, limits)) {
    const breach = breachOfShare(share, alpha);
    if (breach !== undefined) return breach;
  }
  return undefined;
}

/** Pass, fail or inconclusive. A breach fails, however little else was seen; only a window without any doubt passes. */
export function judgeWindow({ totals, coverage, limits, breach, alpha, percent }: WatchedWindow): Judgement {
  const detectable = detectableShares(isPlausible(totals) ? totals : NOTHING, limits);
  const seen = describeDetectable(detectable);
  if (breach !== undefined) return { verdict: 'fail', ...explain([describeBreach(breach)], seen), detectable, breach };
  const doubts = [
    ...doubtsAboutCoverage(coverage),
    ...doubtsAboutTotals(totals, limits),
    ...doubtsAboutShare(totals, percent, alpha),
  ];
  if (doubts.length > 0) return { verdict: 'inconclusive', ...explain(doubts, seen), detectable };
  return {
    verdict: 'pass',
    summary: fit(`${describePass(totals)}; ${seen}`, LONGEST_SUMMARY),
    reasons: [],
    detectable,
  };
}

function breachOfShare({ limit, side, bound, count, of }: LimitedShare, alpha: number): Breach | undefined {
  if (count === undefined) return undefined;
  const isBroken = side === 'at-most' ? certainlyAbove : certainlyBelow;
  if (!isBroken(bound, count, of, alpha)) return undefined;
  const certainly = side === 'at-most' ? lowerBound(count, of, alpha) : upperBound(count, of, alpha);
  return { limit, observed: count / of, bound, certainly, requests: of };
}

// Every comparison below is written so that a value that is not a number counts as a doubt.

function doubtsAboutCoverage({ share, largestGap, every }: CoverageReport): string[] {
  const doubts: string[] = [];
  if (!(share >= LEAST_COVERAGE && share <= 1)) {
    doubts.push(`only ${inPercent(share)} of the window was observed, ${inPercent(LEAST_COVERAGE)} is needed`);
  }
  if (!(largestGap <= LARGEST_GAP_INTERVALS * every)) {
    doubts.push(
      `${Math.round(largestGap)} ms went by without a good sample, ${LARGEST_GAP_INTERVALS * every} are allowed`,
    );
  }
  return doubts;
}

function doubtsAboutTotals(totals: Totals, limits: TrafficLimits): string[] {
  if (!isPlausible(totals)) return ['the counters do not add up'];
  const { requests, latency } = totals;
  if (requests === 0) return ['there was no traffic'];
  const doubts: string[] = [];
  if (!(requests >= limits.minimumRequests)) {
    doubts.push(`only ${requests} requests were seen, ${limits.minimumRequests} are needed`);
  }
  if (!wouldHaveSeen(limits.detectableErrorShare, limits.errorShare, requests)) {
    doubts.push(`${requests} requests are too few to notice ${inPercent(limits.detectableErrorShare)} errors`);
  }
  if (!(Math.abs(latency.count - requests) <= TIMED_TOLERANCE * requests)) {
    doubts.push(`${latency.count} requests were timed but ${requests} were counted`);
  }
  return [...doubts, ...sharesOf(totals, limits).flatMap(doubtAboutShare)];
}

/** Where the source counts what the router does, its claim about the share must not be refuted by it. */
function doubtsAboutShare({ routed }: Totals, asked: number, alpha: number): string[] {
  if (routed === undefined) return [];
  const { intended, bypass } = routed;
  const all = intended + bypass;
  const isTooMuch = certainlyAbove((asked + shareTolerance(asked)) / 100, intended, all, alpha);
  const isTooLittle = certainlyBelow((asked - shareTolerance(asked)) / 100, intended, all, alpha);
  return isTooMuch || isTooLittle
    ? [`${inPercent(intended / all)} of the traffic came to the platform, ${asked} % was asked for`]
    : [];
}

function doubtAboutShare({ limit, side, bound, count, of }: LimitedShare): string[] {
  if (count === undefined) return [`${limit}: the histogram has no bucket edge at the limit`];
  if (of === 0) return [`${limit}: there is nothing to take a share of`];
  const share = count / of;
  const isInside = side === 'at-most' ? share <= bound : share >= bound;
  return isInside
    ? []
    : [`${limit}: ${inPercent(share)} of ${of}, the plan says ${side} ${inPercent(bound)}; not yet certain`];
}

function describeBreach({ limit, observed, bound, certainly, requests }: Breach): string {
  const beyond = observed > bound ? 'above' : 'below';
  return `${limit}: ${inPercent(observed)} of ${requests} is certainly ${beyond} ${inPercent(bound)} (bound ${inPercent(certainly)})`;
}

function describePass({ requests, errors, allowed, denied, escalated }: Totals): string {
  const allowedShare = inPercent(allowed / (allowed + denied + escalated));
  return `${requests} requests, ${inPercent(errors / requests)} errors, ${allowedShare} allowed`;
}

function describeDetectable({ 'error-share': errors }: DetectableShares): string {
  return errors === 1 ? 'no errors would have shown' : `${inPercent(errors)} errors would have shown`;
}

/** The reasons, of which the first says as well what could have been seen where both fit into the summary. */
function explain([first = '', ...others]: readonly string[], seen: string): Pick<Judgement, 'summary' | 'reasons'> {
  const ending = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const both = `${first}; ${seen}`;
  const told = both.length + ending.length <= LONGEST_SUMMARY ? both : first;
  return { summary: fit(told, LONGEST_SUMMARY - ending.length) + ending, reasons: [told, ...others] };
}
