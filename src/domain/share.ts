import type { Progress } from './run.ts';

/** The traffic share in words: `25 %`, `25 % (unconfirmed)` as long as nobody has read it back, or `unknown`. */
export function shareInWords({ percent, confirmed }: Progress['traffic']): string {
  if (percent === null) return 'unknown';
  return confirmed ? `${percent} %` : `${percent} % (unconfirmed)`;
}

/** A share between 0 and 1: `0.50 %`. */
export function inPercent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/**
 * Percentage points within which a share of the traffic has to lie that was counted: callers are unlike and hashes uneven.
 * Never so many that two steps of a plan look alike.
 */
export function shareTolerance(percent: number): number {
  return Math.min(5, Math.max(2.5, percent / 2));
}
