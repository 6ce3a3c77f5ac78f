import type { Finding } from '../domain/verdict.ts';
import { isHealthy } from '../intended/wire/health.ts';
import { conclude, type Measurement } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

export function healthActivities({ worlds, store }: Room) {
  return {
    /** P1: every service of the profile is healthy and each of its checks passes. */
    async checkHealth(scope: Scope): Promise<Finding> {
      return conclude(store, scope, await measureHealth(worlds(scope)));
    },
  };
}

/** Asks every service the profile lists; one that does not answer is as wrong as one that says so. */
export async function measureHealth({ intended, profile }: World): Promise<Measurement> {
  const services = Object.keys(profile.intended.services);
  const reports = await Promise.all(
    services.map(async (service) => ({ service, report: (await intended.getServiceHealth(service)).value })),
  );
  const unhealthy = reports
    .filter(({ report }) => !isHealthy(report))
    .map(({ service, report }) => {
      const failing = Object.entries(report.checks).filter(([, state]) => state !== 'pass');
      return `${service} is ${report.status}${failing.length > 0 ? `, failing: ${failing.map(([name]) => name).join(', ')}` : ''}`;
    });
  const faults = reports.length > 0 ? unhealthy : ['the profile expects no service, so nothing can be healthy'];
  return { summary: `${reports.length} of ${reports.length} services healthy`, facts: { reports }, faults };
}
