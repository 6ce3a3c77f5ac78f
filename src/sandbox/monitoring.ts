import { Hono } from 'hono';
import type { SandboxApp, SandboxEnv, Wrap } from './http.ts';
import { SERVICES } from './platform/health.ts';
import { timestamp } from './platform/ids.ts';

/** The alerts that the example configuration names, with what they watch. */
export const ALERTS = {
  latency: { name: 'IntendedLatencyHigh', query: 'golive:request_duration_seconds:p99 > 0.4' },
  errorRate: { name: 'IntendedErrorRateHigh', query: 'golive:requests:error_share > 0.005' },
  auditLag: { name: 'IntendedAuditLag', query: 'intended_audit_lag_seconds > 60' },
  health: { name: 'IntendedHealthDown', query: 'probe_success{job="intended-health"} == 0' },
} as const;

/** A stand-in for Prometheus: its rules and targets, in its own JSON. `origin` answers the sandbox's own address. */
export function monitoringApp(origin: () => string, wrap: Wrap): SandboxApp {
  const app = new Hono<SandboxEnv>();
  app.get('/prometheus/api/v1/rules', wrap('getAlertRules'), () =>
    success({
      groups: [{ name: 'intended', file: 'intended.yml', interval: 15, limit: 0, rules: rules(), ...evaluation() }],
    }),
  );
  app.get('/prometheus/api/v1/targets', wrap('getScrapeTargets'), () =>
    success({
      activeTargets: [
        ...SERVICES.map((service) => target('intended-health', `${origin()}/services/${service}/health`, { service })),
        target('router', `${origin()}/router/metrics`),
      ],
      droppedTargets: [],
    }),
  );
  return app;
}

function rules() {
  return Object.values(ALERTS).map(({ name, query }) => ({
    type: 'alerting',
    state: 'inactive',
    name,
    query,
    duration: 60,
    keepFiringFor: 0,
    labels: { severity: 'page' },
    annotations: {},
    alerts: [],
    health: 'ok',
    ...evaluation(),
  }));
}

function target(job: string, scrapeUrl: string, labels: Readonly<Record<string, string>> = {}) {
  return {
    discoveredLabels: {},
    labels: { job, instance: scrapeUrl, ...labels },
    scrapePool: job,
    scrapeUrl,
    globalUrl: scrapeUrl,
    lastError: '',
    lastScrape: timestamp(),
    lastScrapeDuration: 0.002,
    health: 'up',
    scrapeInterval: '15s',
    scrapeTimeout: '10s',
  };
}

function evaluation() {
  return { evaluationTime: 0.001, lastEvaluation: timestamp() };
}

function success(data: object): Response {
  return Response.json({ status: 'success', data });
}
