import { POWER } from './budget.ts';
import { lnGamma } from './log-gamma.ts';

/** Whether a window of `n` requests passes at most one time in ten while the true error share is `share`. */
export function wouldHaveSeen(share: number, limit: number, n: number): boolean {
  return n > 0 && atMost(mostWithin(limit, n), n, share) <= 1 - POWER;
}

/** The smallest true error share with which a window of `n` requests passes at most one time in ten; 1 when none does. */
export function detectableErrorShare(limit: number, n: number): number {
  if (!wouldHaveSeen(1, limit, n)) return 1;
  let [unseen, visible] = [limit, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (unseen + visible) / 2;
    if (wouldHaveSeen(middle, limit, n)) visible = middle;
    else unseen = middle;
  }
  return visible;
}

/** The greatest count whose share of `n` a verdict calls inside: decided by the same division, not by a product. */
function mostWithin(limit: number, n: number): number {
  const near = Math.round(limit * n);
  return [near + 1, near].find((count) => count / n <= limit) ?? near - 1;
}

/** P(X ≤ k) for a binomial X; for shares above k/n, where the terms fall as k does. */
function atMost(k: number, n: number, share: number): number {
  if (k >= n) return 1;
  if (share >= 1) return 0;
  const odds = (1 - share) / share;
  let term = Math.exp(
    lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1) + k * Math.log(share) + (n - k) * Math.log1p(-share),
  );
  let sum = 0;
  for (let successes = k; successes >= 0 && term > sum * Number.EPSILON; successes--) {
    sum += term;
    term *= (successes / (n - successes + 1)) * odds;
  }
  return sum;
}
