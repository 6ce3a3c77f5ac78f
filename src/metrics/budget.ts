/**
 * Every constant of the statistics, in one place. The question they answer: how often may a healthy plan be stopped?
 */

/** A healthy plan is stopped with at most this probability, however often it is looked at. */
export const FALSE_ALARM_BUDGET = 0.01;

/** What the tripwire may spend of one sample and rule. */
export const TRIPWIRE_ALPHA = 1e-10;
/** Four rules, looked at once a second for eight days: less than 0.03 % of false alarms in all. */
const TRIPWIRE_LOOKS = 4 * 8 * 24 * 60 * 60;
const TRIPWIRE_BUDGET = TRIPWIRE_ALPHA * TRIPWIRE_LOOKS;

/** Errors, three latencies, too few and too many allowed: each is a test of its own. */
const LIMITS_TESTED = 6;

/** Jeffreys' prior: no opinion about where the share lies, and close to the best at shares near 0 and 1. */
export const MIXTURE = { a: 0.5, b: 0.5 } as const;

/** So often, in milliseconds, a new stretch of a window begins that is judged by itself. */
export const NEW_STRETCH_EVERY = 30 * 60_000;

/** Of a window this share must be observed … */
export const LEAST_COVERAGE = 0.95;
/** … with good samples at most this many intervals apart. */
export const LARGEST_GAP_INTERVALS = 2;
/** Counters that stand still for longer than this many intervals are taken for frozen, and the stretch for unobserved. */
export const LONGEST_STANDSTILL_INTERVALS = 5;

/**
 * A target that counts nothing while all together count this many for each of them is taken for frozen: where the load is
 * spread evenly, chance does that once in 10¹³ times, and where one gets a tenth, its next request makes good for it.
 */
export const FROZEN_AFTER_REQUESTS = 30;

/** Requests that were timed and requests that were counted may differ by this share: scrapes are not atomic. */
export const TIMED_TOLERANCE = 0.05;

/** A pass claims that the plan's detectable error share would have missed it with at least this probability. */
export const POWER = 0.9;

/** One minute is worse than another when it is certain, but for this probability, that its share lies further out. */
export const WORST_MINUTE_ALPHA = 0.05;

/** The tripwire needs this many requests in the newest sample … */
export const TRIPWIRE_REQUESTS = 20;
/** … of which this share failed or was slower than the p99 bound. */
export const TRIPWIRE_SHARE = 0.5;

/**
 * What one limit may spend in the n-th window of a plan, n from 1. Nobody knows beforehand how many windows a plan has
 * (people take their time, holds come and go), so the n-th gets 1/(n·(n+1)) of the budget: the sum over all never exceeds it.
 */
export function alphaOfWindow(ordinal: number): number {
  return nthPart((FALSE_ALARM_BUDGET - TRIPWIRE_BUDGET) / LIMITS_TESTED, ordinal);
}

/** What one limit may spend of a window's alpha in the n-th stretch of it, n from 1, for which nobody knows the number either. */
export function alphaOfStretch(alpha: number, ordinal: number): number {
  return nthPart(alpha, ordinal);
}

function nthPart(whole: number, ordinal: number): number {
  if (!Number.isSafeInteger(ordinal) || ordinal < 1) throw new RangeError('windows and stretches are numbered from 1');
  return whole / (ordinal * (ordinal + 1));
}
