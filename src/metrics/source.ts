/**
 * What a metric source promises. `openmetrics.ts` scrapes targets itself, `prometheus.ts` reads what a server scraped of them;
 * both answer with the same snapshots, so that windows and verdicts never know which it was.
 */
export interface MetricSource {
  /**
   * All counters at one instant: one attempt, within the deadline of the source.
   * @throws {MetricError} when the answer is missing, late, refused or not what was promised; a snapshot is whole or absent.
   * Rejects with the signal's reason when the caller aborts.
   */
  snapshot(signal: AbortSignal): Promise<Snapshot>;
}

export const DECISIONS = ['allow', 'deny', 'escalate'] as const;
export type Decision = (typeof DECISIONS)[number];

export const OUTCOMES = ['ok', 'error', 'fail_closed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Where the router sent a request: to the platform, or past it. */
export const PATHS = ['intended', 'bypass'] as const;
export type Path = (typeof PATHS)[number];

/** Cumulative counters of every series at one instant. Plain JSON, small enough for a heartbeat. */
export interface Snapshot {
  /** Epoch milliseconds at which the oldest of the values was true. */
  readonly at: number;
  readonly series: readonly Series[];
}

export type Series = RequestSeries | DurationSeries | RoutedSeries;

interface SeriesIdentity {
  /** Where it was read: host and path, never credentials or a query. */
  readonly target: string;
  /** Name and labels in a fixed order; together with the target it is the identity of the series. */
  readonly name: string;
  /** Epoch milliseconds at which the series began to count, where the target says so. A change of it is a reset. */
  readonly created?: number;
}

/** Requests with one decision and outcome since the series began. */
export interface RequestSeries extends SeriesIdentity {
  readonly kind: 'requests';
  readonly decision: Decision;
  readonly outcome: Outcome;
  readonly count: number;
}

/** Durations of requests since the series began. */
export interface DurationSeries extends SeriesIdentity {
  readonly kind: 'duration';
  readonly buckets: Buckets;
}

/** Requests the router sent one way since the series began. Optional: it proves the share that the router claims. */
export interface RoutedSeries extends SeriesIdentity {
  readonly kind: 'routed';
  readonly path: Path;
  readonly count: number;
}

/** A histogram. `counts[i]` requests took at most `edges[i]` seconds; `count` is all of them, the slowest included. */
export interface Buckets {
  /** Finite, rising, in seconds. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
}

/**
 * Why there is no snapshot, by what the caller can do next. After `no-answer` and `late` the next sample may succeed;
 * `refused` and `surprising-shape` need a person. Neither is ever a measurement of zero.
 */
export type MetricProblem = 'no-answer' | 'late' | 'refused' | 'surprising-shape';

/** A sample that could not be taken. The message names the target without credentials or query, never a header or a body. */
export class MetricError extends Error {
  override readonly name = 'MetricError';
  readonly problem: MetricProblem;
  readonly target: string;

  constructor(problem: MetricProblem, target: string, detail: string) {
    super(`${target}: ${detail}`);
    this.problem = problem;
    this.target = target;
  }
}
