import { MIXTURE } from './budget.ts';
import { lnBeta } from './log-gamma.ts';

/**
 * One statistical tool for every limit: a confidence sequence for a share of requests that may be looked at after every
 * request without losing its promise.
 *
 * For a supposed share p, the likelihood of the observed requests averaged over all shares (Beta(a, b) mixture) divided by
 * their likelihood under p is a non-negative martingale that starts at 1 while p is true. By Ville's inequality it ever reaches
 * 1/alpha with probability at most alpha, so a p for which it has done so can be ruled out, at any moment. For p below the
 * observed share it falls as p rises, so ruling out p rules out everything below. Robbins 1970; Howard, Ramdas, McAuliffe,
 * Sekhon 2021.
 */

/** Whether the share of successes is above `share`, wrongly claimed at any time with probability at most `alpha`. */
export function certainlyAbove(share: number, successes: number, n: number, alpha: number): boolean {
  return isCount(successes, n) && successes > share * n && lnEvidenceAgainst(share, successes, n) >= -Math.log(alpha);
}

/** Whether the share of successes is below `share`, wrongly claimed at any time with probability at most `alpha`. */
export function certainlyBelow(share: number, successes: number, n: number, alpha: number): boolean {
  return certainlyAbove(1 - share, n - successes, n, alpha);
}

/** The greatest share that the observations rule out from below; 0 when they rule out nothing. */
export function lowerBound(successes: number, n: number, alpha: number): number {
  if (!isCount(successes, n)) return 0;
  let [ruledOut, possible] = [0, successes / n];
  if (!certainlyAbove(ruledOut, successes, n, alpha)) return 0;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (ruledOut + possible) / 2;
    if (certainlyAbove(middle, successes, n, alpha)) ruledOut = middle;
    else possible = middle;
  }
  return ruledOut;
}

/** The least share that the observations rule out from above; 1 when they rule out nothing. */
export function upperBound(successes: number, n: number, alpha: number): number {
  return 1 - lowerBound(n - successes, n, alpha);
}

/** Natural logarithm of the mixture martingale: how much the observations speak against `share`. */
export function lnEvidenceAgainst(share: number, successes: number, n: number): number {
  const { a, b } = MIXTURE;
  const failures = n - successes;
  const lnLikelihood = timesLn(successes, share) + timesLn(failures, 1 - share);
  return lnBeta(successes + a, failures + b) - lnBeta(a, b) - lnLikelihood;
}

/** Halvings until two shares differ by less than a double can show. */
const BISECTIONS = 60;

function timesLn(count: number, share: number): number {
  return count === 0 ? 0 : count * Math.log(share);
}

function isCount(successes: number, n: number): boolean {
  return Number.isFinite(n) && n > 0 && successes >= 0 && successes <= n;
}
