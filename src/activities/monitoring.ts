import type { AlertName } from '../domain/profile-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { readAlertRules } from '../metrics/alert-rules.ts';
import { conclude } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

export function monitoringActivities({ worlds, store }: Room) {
  return {
    /** C7 to C10: the alert exists in the operator's monitoring, is evaluated, and does not fire right now. */
    async checkMonitoring(scope: Scope, { alert }: { alert: AlertName }): Promise<Finding> {
      const { monitoring } = worlds(scope).profile;
      const name = monitoring.alerts[alert];
      const rule = (await readAlertRules(monitoring.url)).find((it) => it.name === name);
      const faults = [
        ...(rule === undefined ? [`the monitoring has no alert ${name}`] : []),
        ...(rule !== undefined && rule.health !== 'ok' ? [`the alert ${name} is not evaluated: ${rule.health}`] : []),
        ...(rule?.state === 'firing' ? [`the alert ${name} fires`] : []),
      ];
      return conclude(store, scope, {
        summary: `the alert ${name} is evaluated and silent`,
        facts: { rule: rule ?? null },
        faults,
      });
    },
  };
}
