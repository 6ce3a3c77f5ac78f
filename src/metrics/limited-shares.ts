import type { Limits } from '../domain/plan-schema.ts';
import { slowerThan } from './buckets.ts';
import type { Totals } from './window.ts';

export type LimitName =
  'error-share' | 'latency-p50' | 'latency-p95' | 'latency-p99' | 'allow-share-min' | 'allow-share-max';

/** The part of a plan's limits that traffic is held against. */
export type TrafficLimits = Pick<
  Limits,
  'latencyMs' | 'errorShare' | 'allowShare' | 'minimumRequests' | 'detectableErrorShare'
>;

/** One limit as what it is: a share of requests that must not lie beyond a bound. */
export interface LimitedShare {
  readonly limit: LimitName;
  readonly side: 'at-most' | 'at-least';
  readonly bound: number;
  /** Requests of the kind the limit counts; `undefined` when the histogram has no bucket edge at the limit. */
  readonly count: number | undefined;
  /** Requests that it is a share of. */
  readonly of: number;
}

/** By definition of a median, a 95th and a 99th percentile. */
const MAY_BE_SLOWER = { p50: 0.5, p95: 0.05, p99: 0.01 } as const;
const PERCENTILES = ['p50', 'p95', 'p99'] as const;

/** Every limit on traffic as a share of the window's requests. */
export function sharesOf(totals: Totals, limits: TrafficLimits): LimitedShare[] {
  const decided = totals.allowed + totals.denied + totals.escalated;
  const allowed = { count: totals.allowed, of: decided };
  return [
    { limit: 'error-share', side: 'at-most', bound: limits.errorShare, count: totals.errors, of: totals.requests },
    ...PERCENTILES.map((percentile) => ({
      limit: `latency-${percentile}` as const,
      side: 'at-most' as const,
      bound: MAY_BE_SLOWER[percentile],
      count: slowerThan(totals.latency, limits.latencyMs[percentile] / 1000),
      of: totals.latency.count,
    })),
    { limit: 'allow-share-min', side: 'at-least', bound: limits.allowShare.min, ...allowed },
    { limit: 'allow-share-max', side: 'at-most', bound: limits.allowShare.max, ...allowed },
  ];
}
