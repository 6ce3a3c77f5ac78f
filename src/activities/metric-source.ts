import type { Profile } from '../domain/profile-schema.ts';
import { DEFAULT_NAMES, type Matchers, type Selection } from '../metrics/families.ts';
import { openMetrics } from '../metrics/openmetrics.ts';
import { prometheusApi } from '../metrics/prometheus-api.ts';
import { prometheusMetrics } from '../metrics/prometheus.ts';
import type { MetricSource } from '../metrics/source.ts';

/** Whose metrics are meant, in the words of the platform. */
export interface Whose {
  readonly tenant: string;
  readonly environment: string;
}

/** With the pause between two heartbeats it must fit into the time after which a worker is taken for lost. */
const DEADLINE = 5_000;

/** Opens the metrics of a profile for one tenant and environment; the deadline for one snapshot is in milliseconds. */
export function openMetricSource(metrics: Profile['metrics'], whose: Whose, deadline = DEADLINE): MetricSource {
  const { names = DEFAULT_NAMES, sumWithout } = metrics;
  const selection: Selection = { names, sumWithout, matchers: filledIn(metrics.matchers, whose) };
  switch (metrics.kind) {
    case 'openmetrics':
      return openMetrics({ ...selection, targets: metrics.targets, deadline });
    case 'prometheus': {
      const { url, token, instances, staleAfter } = metrics;
      const api = prometheusApi({ url, token, deadline });
      return prometheusMetrics({ ...selection, api, instances, staleAfter, targets: filledIn(metrics.targets, whose) });
    }
  }
}

function filledIn(labels: Matchers, { tenant, environment }: Whose): Matchers {
  const fill = (value: string) =>
    value.replaceAll('{tenant}', () => tenant).replaceAll('{environment}', () => environment);
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, fill(value)]));
}
