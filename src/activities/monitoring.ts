import type { AlertName } from '../domain/profile-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { readAlertRules } from '../metrics/alert-rules.ts';
import { conclude } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

const STATES: readonly string[] = ['inactive', 'pending', 'firing'];

export function monitoringActivities({ worlds, store }: Room) {
  return {
    /** C7 to C10: the alert exists in the operator's monitoring, is evaluated, and does not fire right now. */
    async checkMonitoring(scope: Scope, { alert }: { alert: AlertName }): Promise<Finding> {
      const { monitoring } = worlds(scope).profile;
      const name = monitoring.alerts[alert];
      const rules = (await readAlertRules(monitoring.url)).filter((rule) => rule.name === name);
      const faults = [
        ...(rules.length > 0 ? [] : [`the monitoring has no alert ${name}`]),
        ...(rules.every(({ health }) => health === 'ok') ? [] : [`the alert ${name} is not evaluated`]),
        ...(rules.some(({ state }) => state === 'firing') ? [`the alert ${name} fires`] : []),
      ];
      const tells = rules.every(({ state }) => STATES.includes(state ?? ''));
      return conclude(store, scope, {
        summary: `the alert ${name} is evaluated and silent`,
        facts: { rules: rules.map((rule) => ({ ...rule, state: rule.state ?? null })) },
        faults,
        doubts: tells ? [] : [`the monitoring does not tell whether the alert ${name} fires`],
        subject: rules.map(({ name, query }) => ({ name, query })),
      });
    },
  };
}
