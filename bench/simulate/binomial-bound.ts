import { lnGamma } from '../../src/metrics/log-gamma.ts';

/**
 * The greatest share with which at most `successes` of `n` are seen more than five times in a hundred: the one-sided 95 %
 * bound of Clopper and Pearson. Not the product's own confidence sequence, which is what is on trial.
 */
export function upperBoundOf(successes: number, n: number): number {
  if (successes >= n) return 1;
  let [possible, ruledOut] = [successes / n, 1];
  for (let step = 0; step < 50; step++) {
    const middle = (possible + ruledOut) / 2;
    if (atMost(successes, n, middle) > 0.05) possible = middle;
    else ruledOut = middle;
  }
  return ruledOut;
}

function atMost(most: number, n: number, share: number): number {
  let sum = 0;
  for (let count = 0; count <= most; count++) {
    const lnWays = lnGamma(n + 1) - lnGamma(count + 1) - lnGamma(n - count + 1);
    sum += Math.exp(lnWays + count * Math.log(share) + (n - count) * Math.log1p(-share));
  }
  return sum;
}
