import { Hono } from 'hono';
import type { SandboxApp, SandboxEnv, Wrap } from './http.ts';
import { bearerToken } from './platform/access.ts';
import type { Behaviour } from './platform/behaviour.ts';
import { SERVICES, type ServiceName } from './platform/health.ts';
import { timestamp } from './platform/ids.ts';

/** The alerts that the example configuration names, with what they watch. */
export const ALERTS = {
  latency: { name: 'IntendedLatencyHigh', query: 'golive:request_duration_seconds:p99 > 0.4' },
  errorRate: { name: 'IntendedErrorRateHigh', query: 'golive:requests:error_share > 0.005' },
  auditLag: { name: 'IntendedAuditLag', query: 'intended_audit_lag_seconds > 60' },
  health: { name: 'IntendedHealthDown', query: 'probe_success{job="intended-health"} == 0' },
} as const;

/** How the monitoring itself stands. */
export interface MonitoringState {
  /** Epoch milliseconds of its last evaluation and of its last scrape. */
  readonly lookedAt: number;
  /** Addresses of the Alertmanagers that it sends alerts to. */
  readonly alertmanagers: readonly string[];
  /** Services whose health it cannot scrape. */
  readonly unseen: readonly ServiceName[];
}

export interface Monitoring {
  readonly behaviour: Behaviour;
  /** What every route asks for, as a proxy before a real Prometheus does. */
  readonly token: string;
  /** The sandbox's own address. */
  readonly origin: () => string;
}

const EVALUATED_EVERY_SECONDS = 15;
/** The endpoints that the runbook wants watched. */
const ENDPOINTS = ['healthz', 'readyz'];
const PROBER = 'blackbox.acme.example:9115';

/** A stand-in for Prometheus: its rules, targets and Alertmanagers, in its own JSON. */
export function monitoringApp({ behaviour, token, origin }: Monitoring, wrap: Wrap): SandboxApp {
  const app = new Hono<SandboxEnv>();
  const state = () => behaviour.monitoring(healthy());
  app.use('/prometheus/*', async (context, next) => {
    if (bearerToken(context.req.header('authorization')) === token) return next();
    return new Response('Unauthorized', { status: 401 });
  });
  app.get('/prometheus/api/v1/rules', wrap('getAlertRules'), (context) =>
    success({ groups: groups(state(), context.req.queries('rule_name[]') ?? []) }),
  );
  app.get('/prometheus/api/v1/alertmanagers', wrap('getAlertmanagers'), () =>
    success({
      activeAlertmanagers: state().alertmanagers.map((url) => ({ url })),
      droppedAlertmanagers: [],
    }),
  );
  app.get('/prometheus/api/v1/targets', wrap('getScrapeTargets'), () =>
    success({ activeTargets: targets(state(), origin()), droppedTargets: [], droppedTargetCounts: {} }),
  );
  return app;
}

function healthy(): MonitoringState {
  return { lookedAt: Date.now(), alertmanagers: ['http://alertmanager.acme.example:9093/api/v2/alerts'], unseen: [] };
}

/** Rules of these names, or all of them; a group without a rule is left out. */
function groups({ lookedAt }: MonitoringState, names: readonly string[]): object[] {
  const evaluation = { evaluationTime: 0.001, lastEvaluation: timestamp(lookedAt) };
  const rules = Object.values(ALERTS)
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(({ name, query }) => ({
      state: 'inactive',
      name,
      query,
      duration: 60,
      keepFiringFor: 0,
      labels: { severity: 'page' },
      annotations: {},
      alerts: [],
      health: 'ok',
      ...evaluation,
      type: 'alerting',
    }));
  if (rules.length === 0) return [];
  const interval = EVALUATED_EVERY_SECONDS;
  return [{ name: 'intended', file: 'intended.yml', rules, interval, limit: 0, ...evaluation }];
}

function targets({ lookedAt, unseen }: MonitoringState, origin: string): object[] {
  const probes = SERVICES.flatMap((service) =>
    ENDPOINTS.map((endpoint) => {
      const health = unseen.includes(service) ? DOWN : UP;
      return { ...probe(service, `${origin}/services/${service}/${endpoint}`), ...scraped(lookedAt), ...health };
    }),
  );
  return [...probes, { ...router(origin), ...scraped(lookedAt), ...UP }];
}

const UP = { health: 'up', lastError: '' };
const DOWN = { health: 'down', lastError: `Get "http://${PROBER}/probe": connect: connection refused` };

function scraped(at: number) {
  return { lastScrape: timestamp(at), lastScrapeDuration: 0.002, scrapeInterval: '15s', scrapeTimeout: '10s' };
}

/** What is watched stands in the parameters: the prober itself is what is scraped. */
function probe(service: ServiceName, address: string) {
  const job = 'intended-health';
  const scrapeUrl = `http://${PROBER}/probe?module=http_2xx&target=${encodeURIComponent(address)}`;
  return {
    discoveredLabels: {
      __address__: address,
      __metrics_path__: '/probe',
      __param_module: 'http_2xx',
      __scheme__: 'http',
      __scrape_interval__: '15s',
      __scrape_timeout__: '10s',
      job,
      service,
    },
    labels: { instance: address, job, service },
    scrapePool: job,
    scrapeUrl,
    globalUrl: scrapeUrl,
  };
}

function router(origin: string) {
  const job = 'router';
  const { host } = new URL(origin);
  const scrapeUrl = `${origin}/router/metrics`;
  return {
    discoveredLabels: { __address__: host, __metrics_path__: '/router/metrics', __scheme__: 'http', job },
    labels: { instance: host, job },
    scrapePool: job,
    scrapeUrl,
    globalUrl: scrapeUrl,
  };
}

function success(data: object): Response {
  return Response.json({ status: 'success', data });
}
