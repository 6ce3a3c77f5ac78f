import type { AlertName } from '../domain/profile-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { activeAlertmanagers } from '../metrics/alertmanagers.ts';
import { alertRules, type AlertRule } from '../metrics/alert-rules.ts';
import { recencyOf } from '../metrics/recency.ts';
import { conclude, type Measurement } from './findings.ts';
import { measureHealthWatch } from './health-watch.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

const STATES: readonly (string | null)[] = ['inactive', 'pending', 'firing'];

export function monitoringActivities({ worlds, store }: Room) {
  return {
    /**
     * C7 to C10: the alert exists in the operator's monitoring, was evaluated lately, does not fire right now, and has
     * somewhere to go when it does. For C7 somebody also watches the health of every service.
     */
    async checkMonitoring(scope: Scope, { alert }: { alert: AlertName }): Promise<Finding> {
      const world = worlds(scope);
      const parts = await Promise.all([
        measureAlert(world, world.profile.monitoring.alerts[alert]),
        measureReceivers(world),
        ...(alert === 'health' ? [measureHealthWatch(world, scope)] : []),
      ]);
      return conclude(store, scope, {
        summary: parts.map(({ summary }) => summary).join(', '),
        facts: parts.map(({ facts }) => facts),
        faults: parts.flatMap(({ faults = [] }) => faults),
        doubts: parts.flatMap(({ doubts = [] }) => doubts),
        subject: parts.flatMap(({ subject }) => subject ?? []),
      });
    },
  };
}

async function measureAlert({ monitoring }: World, name: string): Promise<Measurement> {
  const rules = await alertRules(monitoring, name);
  const now = Date.now();
  const recencies = rules.map((rule) => recencyOf(rule, now));
  const faults = [
    ...(rules.length > 0 ? [] : [`the monitoring has no alert ${name}`]),
    ...(rules.every(({ query }) => query.trim() !== '') ? [] : [`the alert ${name} asks for nothing`]),
    ...(rules.every(({ health }) => health === 'ok') ? [] : [`the alert ${name} is not evaluated`]),
    ...(recencies.includes('overdue') ? [`the alert ${name} was not evaluated for too long`] : []),
    ...(rules.some(({ state }) => state === 'firing') ? [`the alert ${name} fires`] : []),
  ];
  const doubts = [
    ...(recencies.includes('unclear') ? [`it is unclear when the alert ${name} was last evaluated`] : []),
    ...(rules.every(({ state }) => STATES.includes(state))
      ? []
      : [`the monitoring does not tell whether the alert ${name} fires`]),
  ];
  return {
    summary: `the alert ${name} is evaluated and silent`,
    facts: { rules },
    faults,
    doubts,
    subject: rules.map(meaningOf),
  };
}

/** What an alert stands for, without when it was evaluated and what came of it. */
function meaningOf({ name, query, duration, labels }: AlertRule) {
  return { name, query, duration, labels };
}

async function measureReceivers({ monitoring }: World): Promise<Measurement> {
  const alertmanagers = await activeAlertmanagers(monitoring);
  return {
    summary: 'it has somewhere to go',
    facts: { alertmanagers },
    faults: alertmanagers.length > 0 ? [] : ['the monitoring has no active Alertmanager: alerts reach nobody'],
  };
}
