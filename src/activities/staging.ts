import { isSameStep } from '../domain/ids.ts';
import type { Finding } from '../domain/verdict.ts';
import type { IntendedClient } from '../intended/client.ts';
import type { PolicyVersion } from '../intended/wire/policy.ts';
import { requireKeyOf } from './authority.ts';
import { conclude } from './findings.ts';
import { actAndReadBack } from './mutations.ts';
import { isApproved, submitProbe, versionedAction } from './probes.ts';
import type { Room } from './room.ts';
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
      requireKeyOf('rollback-rehearsal', key);
      const world = worlds(scope);
      const begun = await halfDone(world, key);
      const candidate = begun ?? (await findCandidate(world.staging));
      if (candidate === undefined) {
        return conclude(store, scope, {
          summary: '',
          facts: {},
          faults: ['staging has no pack with a version to go back to'],
        });
      }
      const { pack, current, previous } = candidate;
      // An attempt that died half-way has seen what came before; going on is what keeps it at one rollback.
      const before = begun === undefined ? await behaviour(world, `${key}/before`, candidate) : 'seen earlier';
      const back = await moveTo(world.staging, pack, previous, `${key}/back`);
      const during = await behaviour(world, `${key}/during`, candidate);
      const forth = await moveTo(world.staging, pack, current, `${key}/forth`);
      const after = await behaviour(world, `${key}/after`, candidate);
      const faults = [
        ...back,
        ...forth,
        ...(before !== 'previous' && before !== 'unclear' && after === 'current'
          ? []
          : ['probes before and after do not behave as the current version']),
        ...(during === 'previous' ? [] : ['after the rollback probes do not behave as the previous version']),
      ];
      return conclude(store, scope, {
        summary: `${pack} went back to ${previous} and forth`,
        facts: { candidate, before, during, after },
        faults,
        subject: { drill: 'back and forth', tenant: world.profile.intended.staging.tenant, candidate },
      });
    },

    /** Undo of the rehearsal: staging runs the version again that it ran before. */
    async restoreStaging(scope: Scope, { key }: { key: string }): Promise<Finding> {
      requireKeyOf('rollback-rehearsal', key);
      const world = worlds(scope);
      const begun = await halfDone(world, key);
      if (begun !== undefined) await moveTo(world.staging, begun.pack, begun.current, `${key}/forth`);
      return conclude(store, scope, {
        summary: begun ? `staging runs ${begun.current} again` : 'staging was left as it was',
        facts: { restored: begun?.current ?? null },
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

/** What of the answer did not fit. */
async function moveTo(
  staging: IntendedClient,
  pack: string,
  versionId: string,
  comments: string,
): Promise<readonly string[]> {
  if ((await activeVersion(staging, pack)) === versionId) return [];
  const { misfits } = await actAndReadBack({
    act: () => staging.rollbackPolicy(versionId, { rolledBackBy: 'golive', comments }),
    read: () => activeVersion(staging, pack),
    isDone: (active) => active === versionId,
    unconfirmed: () => `staging ${pack}: ${versionId} was asked for and is not active`,
  });
  return misfits;
}

/** A rehearsal that died half-way is told by the audit: gone back and not forth. The version it left is then the newest superseded. */
async function halfDone({ staging }: World, key: string): Promise<Candidate | undefined> {
  const { events } = (await staging.listAuditEvents({ eventType: 'POLICY_ROLLED_BACK', limit: 20 })).value;
  const last = events.find(({ reason }) => isSameStep(reason ?? '', key));
  if (last === undefined || !(last.reason ?? '').endsWith('/back')) return undefined;
  const { packs } = (await staging.listPolicyPacks()).value;
  const pack = packs.find(({ activeVersionId }) => activeVersionId === last.targetRef);
  if (pack === undefined || pack.activeVersionId === null) return undefined;
  const left = latestSuperseded((await staging.listPolicyVersions(pack.name)).value.versions);
  return left === undefined ? undefined : { pack: pack.name, current: left, previous: pack.activeVersionId };
}
