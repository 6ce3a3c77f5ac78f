import { POWER } from './budget.ts';
import { sharesOf, type LimitedShare, type LimitName, type TrafficLimits } from './limited-shares.ts';
import { lnGamma } from './log-gamma.ts';
import type { Totals } from './window.ts';

/** For each limit the true share nearest to it that would have kept a window from passing, nine times in ten. */
export type DetectableShares = Readonly<Record<LimitName, number>>;

/** What the requests of a window could show. Where nothing could, it is 1, and 0 for a limit from below. */
export function detectableShares(totals: Totals, limits: TrafficLimits): DetectableShares {
  const entries = sharesOf(totals, limits).map((share) => [share.limit, detectableBeyond(share)] as const);
  return Object.fromEntries(entries) as DetectableShares;
}

/** Whether a window of `n` requests passes at most one time in ten while the true share is `share`, which is limited from above. */
export function wouldHaveSeen(share: number, limit: number, n: number): boolean {
  if (!(n > 0)) return false;
  const most = mostWithin(limit, n);
  return most < n && share * n > most && lnAtMost(most, n, share).value <= LN_MISSED;
}

/** The smallest true share with which a window of `n` requests passes at most one time in ten; 1 when none does. */
export function detectableShare(limit: number, n: number): number {
  if (!wouldHaveSeen(1, limit, n)) return 1;
  const most = mostWithin(limit, n);
  // The logarithm of the probability falls and is concave, so Newton's steps come from above from the second one on.
  let share = (most + 1) / (n + 1);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { value, slope } = lnAtMost(most, n, share);
    const next = Math.min(share - (value - LN_MISSED) / slope, (1 + share) / 2);
    if (Math.abs(next - share) <= PRECISION * share) return next;
    share = next;
  }
  return share;
}

const LN_MISSED = Math.log(1 - POWER);
/** Relative; rounding in the logarithms leaves less. */
const PRECISION = 1e-12;
const MOST_STEPS = 50;

function detectableBeyond({ side, bound, of }: LimitedShare): number {
  return side === 'at-most' ? detectableShare(bound, of) : 1 - detectableShare(1 - bound, of);
}

/** The greatest count whose share of `n` a verdict calls inside: decided by the same division, not by a product. */
function mostWithin(limit: number, n: number): number {
  const near = Math.round(limit * n);
  return [near + 1, near].find((count) => count / n <= limit) ?? near - 1;
}

/**
 * ln P(X ≤ k) for a binomial X and its derivative by the share; for shares above k/n, where the terms fall as k does.
 */
function lnAtMost(k: number, n: number, share: number): { readonly value: number; readonly slope: number } {
  if (share >= 1) return { value: -Infinity, slope: -Infinity };
  const lnLast =
    lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1) + k * Math.log(share) + (n - k) * Math.log1p(-share);
  // The terms in proportion to the last and greatest one.
  const odds = (1 - share) / share;
  let sum = 0;
  for (let successes = k, term = 1; successes >= 0 && term > sum * Number.EPSILON; successes--) {
    sum += term;
    term *= (successes / (n - successes + 1)) * odds;
  }
  return { value: lnLast + Math.log(sum), slope: -(n - k) / ((1 - share) * sum) };
}
