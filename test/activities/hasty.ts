import { auditActivities } from '../../src/activities/audit.ts';
import { capabilityActivities } from '../../src/activities/capabilities.ts';
import { credentialActivities } from '../../src/activities/credentials.ts';
import { denialActivities } from '../../src/activities/denials.ts';
import { emergencyActivities } from '../../src/activities/emergency.ts';
import { translated } from '../../src/activities/failures.ts';
import { healthActivities } from '../../src/activities/health.ts';
import { openMetricSource } from '../../src/activities/metric-source.ts';
import { monitoringActivities } from '../../src/activities/monitoring.ts';
import { peopleActivities } from '../../src/activities/people.ts';
import { policyActivities } from '../../src/activities/policies.ts';
import { readinessActivities } from '../../src/activities/readiness.ts';
import { rollbackActivities } from '../../src/activities/rollback.ts';
import { stagingActivities } from '../../src/activities/staging.ts';
import { tokenActivities } from '../../src/activities/tokens.ts';
import { trafficActivities } from '../../src/activities/traffic.ts';
import type { Activities } from '../../src/activities/index.ts';
import { openIntendedClient } from '../../src/intended/client.ts';
import { prometheusApi } from '../../src/metrics/prometheus-api.ts';
import { httpTraffic } from '../../src/traffic/http.ts';
import { calledByRun } from './called.ts';
import { worldOf, type Stage } from './stage.ts';

/**
 * The activities of a stage with another deadline (in milliseconds) on every call, so that late answers can be tested
 * without waiting for the true one. What opens a client of its own keeps its deadline.
 */
export function hastyActivities(stage: Stage, deadline: number): Activities {
  const world = worldOf(stage);
  const { intended, metrics, traffic, monitoring } = world.profile;
  if (traffic.kind !== 'http') throw new Error('the sandbox speaks the contract of the http adapter');
  const patient = { services: intended.services, paths: intended.paths, timeoutMs: deadline };
  const { staging, apiKey, baseUrl } = intended;
  const hasty = {
    ...world,
    intended: openIntendedClient({ ...patient, baseUrl, apiKey, tenantId: stage.scope.tenant }),
    staging: openIntendedClient({
      ...patient,
      baseUrl: staging.baseUrl,
      apiKey: staging.apiKey,
      tenantId: staging.tenant,
    }),
    traffic: httpTraffic({ ...traffic, deadline }),
    metrics: openMetricSource(metrics, { tenant: stage.scope.tenant, environment: world.environmentKey }, deadline),
    monitoring: prometheusApi({ ...monitoring, deadline }),
  };
  const room = { worlds: () => hasty, store: stage.store, trust: { mode: 'namespace' } as const };
  const activities = calledByRun(
    translated({
      ...capabilityActivities(room),
      ...healthActivities(room),
      ...policyActivities(room),
      ...readinessActivities(room),
      ...tokenActivities(room),
      ...auditActivities(room),
      ...emergencyActivities(room),
      ...credentialActivities(room),
      ...peopleActivities(room),
      ...monitoringActivities(room),
      ...stagingActivities(room),
      ...trafficActivities(room),
      ...denialActivities(room),
      ...rollbackActivities(room),
    }),
  );
  return { ...stage.activities, ...activities };
}
