import { TRIPWIRE_ALPHA, TRIPWIRE_REQUESTS, TRIPWIRE_SHARE } from './budget.ts';
import { sharesOf, type LimitedShare, type LimitName, type TrafficLimits } from './limited-shares.ts';
import { isPlausible, type Totals } from './window.ts';

/** What went so wrong in the newest sample that nobody waits for the statistics of the whole window. */
export interface Tripped {
  readonly what: 'half-failed' | 'half-too-slow' | 'nothing-allowed' | 'everything-allowed';
  /** The share that was observed, between 0 and 1, and of how many. */
  readonly observed: number;
  readonly requests: number;
}

/** Which limit each rule belongs to, and which observed share trips it. */
const RULES: Partial<Record<LimitName, { what: Tripped['what']; trips: (share: number) => boolean }>> = {
  'error-share': { what: 'half-failed', trips: (share) => share >= TRIPWIRE_SHARE },
  'latency-p99': { what: 'half-too-slow', trips: (share) => share >= TRIPWIRE_SHARE },
  'allow-share-min': { what: 'nothing-allowed', trips: (share) => share === 0 },
  'allow-share-max': { what: 'everything-allowed', trips: (share) => share === 1 },
};

/** Blunt and quick: the newest sample alone, whatever the hours before it looked like. */
export function tripped(newest: Totals, limits: TrafficLimits): Tripped | undefined {
  if (!isPlausible(newest)) return undefined;
  for (const share of sharesOf(newest, limits)) {
    const rule = RULES[share.limit];
    if (rule === undefined || share.count === undefined || share.of < TRIPWIRE_REQUESTS) continue;
    const observed = share.count / share.of;
    if (rule.trips(observed) && isNoAccident(observed, share)) return { what: rule.what, observed, requests: share.of };
  }
  return undefined;
}

/**
 * Whether a plan that keeps its limit shows such a sample practically never (Chernoff's bound). A plan may well allow
 * that most requests are denied, and then twenty denials in a row mean nothing.
 */
function isNoAccident(observed: number, { side, bound, of }: LimitedShare): boolean {
  const isOutside = side === 'at-most' ? observed > bound : observed < bound;
  return isOutside && of * divergence(observed, bound) >= -Math.log(TRIPWIRE_ALPHA);
}

/** Kullback-Leibler divergence of two binomial shares. */
function divergence(observed: number, supposed: number): number {
  const term = (one: number, other: number) => (one === 0 ? 0 : one * Math.log(one / other));
  return term(observed, supposed) + term(1 - observed, 1 - supposed);
}
