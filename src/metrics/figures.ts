import type { TrafficFigures } from '../domain/run.ts';
import { quantileAtMost } from './buckets.ts';
import type { Totals } from './window.ts';

/** The totals of a stretch as figures for people. */
export function figuresOf(totals: Omit<Totals, 'routed'>): TrafficFigures {
  const { requests, errors, allowed, denied, escalated, latency } = totals;
  const decided = allowed + denied + escalated;
  const milliseconds = (quantile: number) => {
    const seconds = quantileAtMost(latency, quantile);
    return seconds === undefined ? null : seconds * 1000;
  };
  return {
    requests,
    errorShare: requests === 0 ? null : errors / requests,
    allowShare: decided === 0 ? null : allowed / decided,
    p50: milliseconds(0.5),
    p95: milliseconds(0.95),
    p99: milliseconds(0.99),
  };
}
