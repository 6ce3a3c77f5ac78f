import { z } from 'zod';
import type { PrometheusApi } from './prometheus-api.ts';

const alertmanagers = z.object({ activeAlertmanagers: z.array(z.object({ url: z.url() })) });

/**
 * Host and path of every Alertmanager that alerts are sent to. Whom an Alertmanager tells is its own configuration, which no
 * Prometheus knows.
 * @throws {MetricError} as {@link PrometheusApi.ask} does
 */
export async function activeAlertmanagers(prometheus: PrometheusApi): Promise<readonly string[]> {
  const { activeAlertmanagers: active } = await prometheus.ask({ path: 'alertmanagers', data: alertmanagers });
  return active.map(({ url }) => new URL(url)).map(({ host, pathname }) => `${host}${pathname}`);
}
