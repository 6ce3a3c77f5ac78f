import { z } from 'zod';
import { instant, type PrometheusApi } from './prometheus-api.ts';
import type { Repeated } from './recency.ts';

const SECOND = 1000;

const rules = z.object({
  groups: z.array(
    z.object({
      /** Seconds. */
      interval: z.number().positive().optional(),
      rules: z.array(
        z.object({
          type: z.string(),
          name: z.string(),
          query: z.string(),
          duration: z.number().min(0).optional(),
          labels: z.record(z.string(), z.string()).default({}),
          health: z.string(),
          state: z.string().optional(),
          lastEvaluation: instant.optional(),
        }),
      ),
    }),
  ),
});

/** An alerting rule as the operator's Prometheus has it; `last` and `every` are those of its evaluation. */
export interface AlertRule extends Repeated {
  readonly name: string;
  /** Fires while it answers anything: the threshold stands in it. */
  readonly query: string;
  /** Seconds for which it must answer before the alert fires. */
  readonly duration: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** `ok` when its last evaluation worked. */
  readonly health: string;
  /** `firing`, `pending` or `inactive`. */
  readonly state: string | null;
}

/**
 * The alerting rules of this name.
 * @throws {MetricError} as {@link PrometheusApi.ask} does
 */
export async function alertRules(prometheus: PrometheusApi, name: string): Promise<readonly AlertRule[]> {
  // A server too old for the name in the question answers with every rule.
  const { groups } = await prometheus.ask({
    path: 'rules',
    query: { type: 'alert', 'rule_name[]': name },
    data: rules,
  });
  return groups.flatMap(({ interval, rules: ofGroup }) =>
    ofGroup
      .filter((rule) => rule.type === 'alerting' && rule.name === name)
      .map(({ query, duration, labels, health, state, lastEvaluation }) => ({
        name,
        query,
        duration: duration ?? null,
        labels,
        health,
        state: state ?? null,
        last: lastEvaluation ?? null,
        every: interval === undefined ? null : interval * SECOND,
      })),
  );
}
