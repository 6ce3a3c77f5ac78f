import { shareTolerance } from '../domain/share.ts';
import type { Verdict } from '../domain/verdict.ts';
import { LARGEST_GAP_INTERVALS, LEAST_COVERAGE, TIMED_TOLERANCE } from './budget.ts';
import { certainlyAbove, certainlyBelow, lowerBound, upperBound } from './confidence.ts';
import type { CoverageReport } from './coverage.ts';
import { detectableErrorShare, wouldHaveSeen } from './detectable.ts';
import { sharesOf, type LimitedShare, type LimitName, type TrafficLimits } from './limited-shares.ts';
import { isPlausible, type Totals } from './window.ts';

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
  /** The smallest true error share that would have kept this window from passing, nine times in ten; 1 when none would. */
  readonly detectable: number;
  readonly breach?: Breach;
}

const LONGEST_SUMMARY = 120;

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
export function judgeWindow({ totals, coverage, limits, alpha, percent }: WatchedWindow): Judgement {
  const detectable = isPlausible(totals) ? detectableErrorShare(limits.errorShare, totals.requests) : 1;
  const breach = breachOf(totals, limits, alpha);
  if (breach !== undefined) {
    const reason = describeBreach(breach);
    return { verdict: 'fail', summary: shorten(reason), reasons: [reason], detectable, breach };
  }
  const reasons = [
    ...doubtsAboutCoverage(coverage),
    ...doubtsAboutTotals(totals, limits),
    ...doubtsAboutShare(totals, percent, alpha),
  ];
  const [first] = reasons;
  if (first === undefined) return { verdict: 'pass', summary: describePass(totals, detectable), reasons, detectable };
  const others = reasons.length === 1 ? '' : ` (and ${reasons.length - 1} more)`;
  return { verdict: 'inconclusive', summary: shorten(first, others), reasons, detectable };
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
    doubts.push(`only ${percent(share)} of the window was observed, ${percent(LEAST_COVERAGE)} is needed`);
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
    doubts.push(`${requests} requests are too few to notice ${percent(limits.detectableErrorShare)} errors`);
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
    ? [`${percent(intended / all)} of the traffic came to the platform, ${asked} % was asked for`]
    : [];
}

function doubtAboutShare({ limit, side, bound, count, of }: LimitedShare): string[] {
  if (count === undefined) return [`${limit}: the histogram has no bucket edge at the limit`];
  if (of === 0) return [`${limit}: there is nothing to take a share of`];
  const share = count / of;
  const isInside = side === 'at-most' ? share <= bound : share >= bound;
  return isInside
    ? []
    : [`${limit}: ${percent(share)} of ${of}, the plan says ${side} ${percent(bound)}; not yet certain`];
}

function describeBreach({ limit, observed, bound, certainly, requests }: Breach): string {
  const beyond = observed > bound ? 'above' : 'below';
  return `${limit}: ${percent(observed)} of ${requests} is certainly ${beyond} ${percent(bound)} (bound ${percent(certainly)})`;
}

function describePass({ requests, errors, allowed, denied, escalated }: Totals, detectable: number): string {
  const allowedShare = percent(allowed / (allowed + denied + escalated));
  const seen = `${percent(detectable)} errors would have shown`;
  return shorten(`${requests} requests, ${percent(errors / requests)} errors, ${allowedShare} allowed; ${seen}`);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function shorten(text: string, ending = ''): string {
  const room = LONGEST_SUMMARY - ending.length;
  return (text.length <= room ? text : `${text.slice(0, room - 1)}…`) + ending;
}
