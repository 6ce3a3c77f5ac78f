import type { Finding } from '../domain/verdict.ts';
import type { IntendedClient } from '../intended/client.ts';
import type { PolicyVersion } from '../intended/wire/policy.ts';
import { conclude } from './findings.ts';
import { actAndReadBack } from './mutations.ts';
import { isApproved, submitProbe, versionedAction } from './probes.ts';
import type { Room } from './room.ts';
import { isSameStep } from './steps.ts';
import type { Scope, World } from './world.ts';

interface Candidate {
  readonly pack: string;
  readonly current: string;
  readonly previous: string;
}

export function stagingActivities({ worlds, store }: Room) {
  return {
    /** C12: on the staging tenant, back to a previous version and forth again, with probes that tell the versions apart. */
    async rehearseRollback(scope: Scope, { key }: { key: string }): Promise<Finding> {
      const world = worlds(scope);
      await restore(world, key);
      const candidate = await findCandidate(world.staging);
      if (candidate === undefined) {
        return conclude(store, scope, {
          summary: '',
          facts: {},
          faults: ['staging has no pack with a version to go back to'],
        });
      }
      const { pack, current, previous } = candidate;
      const before = await behaviour(world, `${key}/before`, candidate);
      await moveTo(world.staging, pack, previous, `${key}/back`);
      const during = await behaviour(world, `${key}/during`, candidate);
      await moveTo(world.staging, pack, current, `${key}/forth`);
      const after = await behaviour(world, `${key}/after`, candidate);
      const faults = [
        ...(before === 'current' && after === 'current'
          ? []
          : ['probes before and after do not behave as the current version']),
        ...(during === 'previous' ? [] : ['after the rollback probes do not behave as the previous version']),
      ];
      return conclude(store, scope, {
        summary: `${pack} went back to ${previous} and forth`,
        facts: { candidate, before, during, after },
        faults,
      });
    },

    /** Undo of the rehearsal: staging runs the version again that it ran before. */
    async restoreStaging(scope: Scope, { key }: { key: string }): Promise<Finding> {
      const restored = await restore(worlds(scope), key);
      return conclude(store, scope, {
        summary: restored ? `staging runs ${restored} again` : 'staging was left as it was',
        facts: { restored: restored ?? null },
      });
    },
  };
}

async function findCandidate(staging: IntendedClient): Promise<Candidate | undefined> {
  const { packs } = (await staging.listPolicyPacks()).value;
  for (const { name: pack, activeVersionId: current } of packs) {
    const previous =
      current === null ? undefined : latestSuperseded((await staging.listPolicyVersions(pack)).value.versions);
    if (current !== null && previous !== undefined) return { pack, current, previous };
  }
  return undefined;
}

function latestSuperseded(versions: readonly PolicyVersion[]): string | undefined {
  const superseded = versions.filter(({ status }) => status === 'superseded');
  return superseded.toSorted((a, b) => Date.parse(b.supersededAt ?? '') - Date.parse(a.supersededAt ?? ''))[0]
    ?.versionId;
}

/** Which version decides, told by probes that only one of the two allows. */
async function behaviour(
  world: World,
  key: string,
  { current, previous }: Candidate,
): Promise<'current' | 'previous' | 'unclear'> {
  const allows = async (versionId: string) =>
    isApproved(
      (await submitProbe(world, `${key}/${versionId}`, versionedAction(world, versionId), world.staging)).value,
    );
  const [byCurrent, byPrevious] = [await allows(current), await allows(previous)];
  if (byCurrent === byPrevious) return 'unclear';
  return byCurrent ? 'current' : 'previous';
}

async function activeVersion(staging: IntendedClient, pack: string): Promise<string | null | undefined> {
  return (await staging.listPolicyPacks()).value.packs.find(({ name }) => name === pack)?.activeVersionId;
}

async function moveTo(staging: IntendedClient, pack: string, versionId: string, comments: string): Promise<void> {
  if ((await activeVersion(staging, pack)) === versionId) return;
  await actAndReadBack({
    act: () => staging.rollbackPolicy(versionId, { rolledBackBy: 'golive', comments }),
    read: () => activeVersion(staging, pack),
    isDone: (active) => active === versionId,
    unconfirmed: () => `staging ${pack}: ${versionId} was asked for and is not active`,
  });
}

/** A rehearsal that died half-way is told by the audit: gone back and not forth. The version it left is then the newest superseded. */
async function restore({ staging }: World, key: string): Promise<string | undefined> {
  const { events } = (await staging.listAuditEvents({ eventType: 'POLICY_ROLLED_BACK', limit: 20 })).value;
  const last = events.find(({ reason }) => isSameStep(reason ?? '', key));
  if (last === undefined || !(last.reason ?? '').endsWith('/back')) return undefined;
  const { packs } = (await staging.listPolicyPacks()).value;
  const pack = packs.find(({ activeVersionId }) => activeVersionId === last.targetRef)?.name;
  const left =
    pack === undefined ? undefined : latestSuperseded((await staging.listPolicyVersions(pack)).value.versions);
  if (pack === undefined || left === undefined) return undefined;
  await moveTo(staging, pack, left, `${key}/forth`);
  return left;
}
