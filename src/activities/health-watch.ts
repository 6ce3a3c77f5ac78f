import { healthAddresses } from '../intended/health-addresses.ts';
import { recencyOf } from '../metrics/recency.ts';
import { addressOf, scrapeTargets, type ScrapeTarget } from '../metrics/scrape-targets.ts';
import type { Measurement } from './findings.ts';
import type { Scope, World } from './world.ts';

/** A service of the profile, and the targets of the monitoring that are about its health. */
interface WatchedService {
  readonly service: string;
  readonly targets: readonly ScrapeTarget[];
}

/** C7: of every service of the profile the monitoring has a target that names its health, is up and was read lately. */
export async function measureHealthWatch(world: World, { tenant }: Scope): Promise<Measurement> {
  const { services, paths } = world.profile.intended;
  const targets = await scrapeTargets(world.monitoring);
  const now = Date.now();
  const watched = Object.entries(services).map(([service, base]): WatchedService => {
    const addresses = healthAddresses({ base, tenantId: tenant, paths }).map(addressOf);
    const names = (target: ScrapeTarget) => addresses.some((address) => target.addresses.includes(address ?? ''));
    return { service, targets: targets.filter(names) };
  });
  return {
    summary: `${watched.length} services watched`,
    facts: { watched },
    faults: watched.flatMap((one) => faultOf(one, now) ?? []),
    doubts: watched.flatMap((one) => doubtOf(one, now) ?? []),
    subject: watched.map(meaningOf),
  };
}

function faultOf({ service, targets }: WatchedService, now: number): string | undefined {
  const up = targets.filter(({ health }) => health === 'up');
  if (targets.length === 0) return `nobody watches the health of ${service}`;
  if (up.length === 0) return `the watch on the health of ${service} is not up`;
  const isOver = up.every((target) => recencyOf(target, now) === 'overdue');
  return isOver ? `the health of ${service} was not looked at for too long` : undefined;
}

function doubtOf(watched: WatchedService, now: number): string | undefined {
  if (faultOf(watched, now) !== undefined) return undefined;
  const { service, targets } = watched;
  const isSeen = targets.some((target) => target.health === 'up' && recencyOf(target, now) === 'recent');
  return isSeen ? undefined : `it is unclear when the health of ${service} was last looked at`;
}

/** What is watched, without when it was read and what came of it. */
function meaningOf({ service, targets }: WatchedService) {
  return { service, targets: targets.map(({ scrapeUrl, addresses, labels }) => ({ scrapeUrl, addresses, labels })) };
}
