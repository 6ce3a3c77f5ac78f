import type { TrafficLimits } from '../../src/metrics/limited-shares.ts';
import type { Buckets, Decision, Outcome, Series, Snapshot } from '../../src/metrics/source.ts';
import type { Totals } from '../../src/metrics/window.ts';

/** The limits of the example plan. */
export const LIMITS: TrafficLimits = {
  latencyMs: { p50: 60, p95: 150, p99: 400 },
  errorShare: 0.005,
  allowShare: { min: 0.85, max: 0.97 },
  minimumRequests: 1000,
  detectableErrorShare: 0.01,
};

export const EDGES = [0.06, 0.15, 0.4];

export function requests(
  count: number,
  decision: Decision = 'allow',
  outcome: Outcome = 'ok',
  target = 'edge',
): Series {
  return { kind: 'requests', target, name: `requests{${decision},${outcome}}`, decision, outcome, count };
}

export function durations(counts: number[], count: number, edges = EDGES, target = 'edge'): Series {
  return { kind: 'duration', target, name: 'duration{}', buckets: { edges, counts, count } };
}

export function snapshot(at: number, ...series: Series[]): Snapshot {
  return { at, series };
}

/** A healthy window: 91 % allowed, no errors, all of it fast. */
export function healthy(requests: number): Totals {
  const allowed = Math.round(0.91 * requests);
  return {
    requests,
    errors: 0,
    failClosed: 0,
    allowed,
    denied: requests - allowed,
    escalated: 0,
    latency: fast(requests),
  };
}

function fast(count: number): Buckets {
  return { edges: EDGES, counts: [count, count, count], count };
}

/** What a target exposes, in Prometheus text. */
export function exposed({ allow = 900, deny = 100, failed = 0 } = {}): string {
  const timed = allow + deny + failed;
  return `# HELP golive_requests_total Requests.
# TYPE golive_requests_total counter
golive_requests_total{decision="allow",outcome="ok"} ${allow}
golive_requests_total{decision="deny",outcome="ok"} ${deny}
golive_requests_total{decision="deny",outcome="fail_closed"} ${failed}
# TYPE golive_request_duration_seconds histogram
golive_request_duration_seconds_bucket{le="0.06"} ${timed}
golive_request_duration_seconds_bucket{le="0.15"} ${timed}
golive_request_duration_seconds_bucket{le="0.4"} ${timed}
golive_request_duration_seconds_bucket{le="+Inf"} ${timed}
golive_request_duration_seconds_sum ${timed * 0.02}
golive_request_duration_seconds_count ${timed}
go_gc_duration_seconds{quantile="0.5"} NaN
`;
}
