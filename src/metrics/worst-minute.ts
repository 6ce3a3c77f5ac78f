import { WORST_MINUTE_ALPHA } from './budget.ts';
import { lowerBound, upperBound } from './confidence.ts';
import { sharesOf, type LimitedShare, type LimitName, type TrafficLimits } from './limited-shares.ts';
import { addTotals, type Totals } from './window.ts';

/**
 * A window by the minute: the one that is not over yet, and for each limit the one in which it did worst. Hours of good
 * traffic hide a bad minute from every total. Plain JSON of a bounded size, for heartbeats.
 */
export interface Minutes {
  readonly current?: Minute;
  readonly worst: WorstMinutes;
}

export type WorstMinutes = Readonly<Partial<Record<LimitName, WorstMinute>>>;

/** The share of one limit in its worst minute. Times are epoch milliseconds; across a gap it is more than a minute. */
export interface WorstMinute {
  readonly from: number;
  readonly until: number;
  readonly count: number;
  readonly of: number;
}

interface Minute {
  readonly from: number;
  readonly until: number;
  readonly totals: Totals;
}

export const NO_MINUTES: Minutes = { worst: {} };

const MINUTE = 60_000;

/** The minutes with what happened from one sample to the next, `from` and `until` being their times. */
export function addToMinutes({ current, worst }: Minutes, happened: Minute, limits: TrafficLimits): Minutes {
  const minute =
    current === undefined
      ? happened
      : { ...happened, from: current.from, totals: addTotals(current.totals, happened.totals) };
  if (minute.until - minute.from < MINUTE) return { current: minute, worst };
  return { worst: worseOf(worst, minute, limits) };
}

/** The worst so far, the minute that is not over yet included. */
export function worstMinutes({ current, worst }: Minutes, limits: TrafficLimits): WorstMinutes {
  return current === undefined ? worst : worseOf(worst, current, limits);
}

function worseOf(worst: WorstMinutes, { from, until, totals }: Minute, limits: TrafficLimits): WorstMinutes {
  const result = { ...worst };
  for (const { limit, side, count, of } of sharesOf(totals, limits)) {
    if (count === undefined || of === 0) continue;
    const known = result[limit];
    if (known === undefined || isWorse(side, { count, of }, known)) result[limit] = { from, until, count, of };
  }
  return result;
}

/** By what is certain: a failed request in a minute with no other one is a smaller matter than 300 of 600. */
function isWorse(side: LimitedShare['side'], one: Counted, other: Counted): boolean {
  return side === 'at-most'
    ? lowerBound(one.count, one.of, WORST_MINUTE_ALPHA) > lowerBound(other.count, other.of, WORST_MINUTE_ALPHA)
    : upperBound(one.count, one.of, WORST_MINUTE_ALPHA) < upperBound(other.count, other.of, WORST_MINUTE_ALPHA);
}

interface Counted {
  readonly count: number;
  readonly of: number;
}
