export type DecisionLabel = 'allow' | 'deny' | 'escalate';
export type OutcomeLabel = 'ok' | 'error' | 'fail_closed';
export type RouteLabel = 'intended' | 'bypass';

/** Seconds. The edges hold every limit a plan names, because a limit between two edges cannot be judged. */
const BUCKET_EDGES = [0.005, 0.01, 0.025, 0.05, 0.06, 0.1, 0.15, 0.25, 0.4, 0.5, 1, 2.5, 5] as const;

export type MetricsFormat = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

type Answer = `${DecisionLabel}/${OutcomeLabel}`;
const ANSWERS: readonly Answer[] = ['allow/ok', 'deny/ok', 'escalate/ok', 'deny/error', 'deny/fail_closed'];

/** What the router counts. Every series is there from the start, so that the first snapshot is a baseline. */
export class RouterMetrics {
  readonly #tenant: string;
  #startedAt: number;
  #answers = noAnswers();
  #routed = noRoutes();
  #buckets = noDurations();
  #count = 0;
  #seconds = 0;

  /** `startedAt` in milliseconds since the epoch. */
  constructor(tenant: string, startedAt: number) {
    this.#tenant = tenant;
    this.#startedAt = startedAt;
  }

  /** Counts from zero again, as after a restart; `startedAt` in milliseconds since the epoch. */
  restart(startedAt: number): void {
    this.#startedAt = startedAt;
    this.#answers = noAnswers();
    this.#routed = noRoutes();
    this.#buckets = noDurations();
    this.#count = 0;
    this.#seconds = 0;
  }

  answered(decision: DecisionLabel, outcome: OutcomeLabel, seconds: number): void {
    const answer: Answer = `${decision}/${outcome}`;
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
    this.#count += 1;
    this.#seconds += seconds;
    const bucket = BUCKET_EDGES.findIndex((edge) => seconds <= edge);
    if (bucket >= 0) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  routed(route: RouteLabel, requests = 1): void {
    this.#routed.set(route, (this.#routed.get(route) ?? 0) + requests);
  }

  /** The page that a scrape reads. */
  page(format: MetricsFormat): string {
    const tenant = `tenant="${this.#tenant}"`;
    const started = `process_start_time_seconds ${this.#startedAt / 1000}`;
    const lines = [
      ...family(format, 'counter', 'golive_requests', 'Evaluated requests by decision and outcome.'),
      ...[...this.#answers].flatMap(([answer, count]) => {
        const [decision, outcome] = answer.split('/');
        const labels = `${tenant},decision="${decision}",outcome="${outcome}"`;
        return [`golive_requests_total{${labels}} ${count}`, ...this.#created(format, 'golive_requests', labels)];
      }),
      ...family(format, 'histogram', 'golive_request_duration_seconds', 'Time to a decision.'),
      ...this.#histogram(format, tenant),
      ...family(format, 'counter', 'golive_routed_requests', 'Requests by the way they took.'),
      ...[...this.#routed].flatMap(([path, count]) => {
        const labels = `${tenant},path="${path}"`;
        const created = this.#created(format, 'golive_routed_requests', labels);
        return [`golive_routed_requests_total{${labels}} ${count}`, ...created];
      }),
      ...family(format, 'gauge', 'process_start_time_seconds', 'Start of the process since the epoch.'),
      started,
      ...(format === 'openmetrics' ? ['# EOF'] : []),
    ];
    return `${lines.join('\n')}\n`;
  }

  #histogram(format: MetricsFormat, tenant: string): string[] {
    const name = 'golive_request_duration_seconds';
    let cumulative = 0;
    const buckets = BUCKET_EDGES.map((edge, index) => {
      cumulative += this.#buckets[index] ?? 0;
      return `${name}_bucket{${tenant},le="${edgeText(format, edge)}"} ${cumulative}`;
    });
    return [
      ...buckets,
      `${name}_bucket{${tenant},le="+Inf"} ${this.#count}`,
      `${name}_sum{${tenant}} ${this.#seconds}`,
      `${name}_count{${tenant}} ${this.#count}`,
      ...this.#created(format, name, tenant),
    ];
  }

  /** Since when a series counts, which only OpenMetrics can say: so a restart shows even when it is outrun. */
  #created(format: MetricsFormat, name: string, labels: string): string[] {
    return format === 'openmetrics' ? [`${name}_created{${labels}} ${this.#startedAt / 1000}`] : [];
  }
}

function noAnswers(): Map<Answer, number> {
  return new Map(ANSWERS.map((answer) => [answer, 0]));
}

function noRoutes(): Map<RouteLabel, number> {
  return new Map([
    ['intended', 0],
    ['bypass', 0],
  ]);
}

function noDurations(): number[] {
  return BUCKET_EDGES.map(() => 0);
}

function family(format: MetricsFormat, type: 'counter' | 'histogram' | 'gauge', name: string, help: string): string[] {
  const shown = type === 'counter' && format === 'prometheus' ? `${name}_total` : name;
  return [`# HELP ${shown} ${help}`, `# TYPE ${shown} ${type}`];
}

/** OpenMetrics wants canonical floating-point edges: `1.0`, not `1`. */
function edgeText(format: MetricsFormat, edge: number): string {
  return format === 'openmetrics' && Number.isInteger(edge) ? edge.toFixed(1) : String(edge);
}
