import type { TrafficLimits } from '../../src/metrics/limited-shares.ts';
import type { Totals } from '../../src/metrics/window.ts';

/**
 * Requests of a stretch of time, by what the limits of a plan ask about. A simulation adds hundreds of millions of them
 * up, so they are changed in place.
 */
export class Counts {
  requests = 0;
  errors = 0;
  allowed = 0;
  /** Slower than the bound of the median, the 95th and the 99th percentile; each includes the next. */
  slowerThanP50 = 0;
  slowerThanP95 = 0;
  slowerThanP99 = 0;

  add(other: Counts): void {
    this.requests += other.requests;
    this.errors += other.errors;
    this.allowed += other.allowed;
    this.slowerThanP50 += other.slowerThanP50;
    this.slowerThanP95 += other.slowerThanP95;
    this.slowerThanP99 += other.slowerThanP99;
  }

  clear(): void {
    this.requests = 0;
    this.errors = 0;
    this.allowed = 0;
    this.slowerThanP50 = 0;
    this.slowerThanP95 = 0;
    this.slowerThanP99 = 0;
  }

  /** As the product counts them, with the plan's latency bounds as the edges of the histogram. */
  totals({ latencyMs: { p50, p95, p99 } }: TrafficLimits): Totals {
    const { requests, errors, allowed } = this;
    return {
      requests,
      errors,
      failClosed: 0,
      allowed,
      denied: requests - errors - allowed,
      escalated: 0,
      latency: {
        edges: [p50 / 1000, p95 / 1000, p99 / 1000],
        counts: [requests - this.slowerThanP50, requests - this.slowerThanP95, requests - this.slowerThanP99],
        count: requests,
      },
    };
  }
}
