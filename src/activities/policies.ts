import { Context } from '@temporalio/activity';
import type { Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { RefusedError } from '../intended/errors.ts';
import type { PolicyPack, PolicyVersion } from '../intended/wire/policy.ts';
import { requireWayBack } from './authority.ts';
import { combine, conclude, type Measurement } from './findings.ts';
import { actAndReadBack } from './mutations.ts';
import type { Room } from './room.ts';
import { measureValidation } from './validation.ts';
import type { Scope, World } from './world.ts';

type Versions = Plan['policy']['active'];

export function policyActivities(room: Room) {
  const { worlds, store } = room;
  return {
    /** P2: exactly the planned versions are active, no pack is stale or orphaned, and every policy validates. */
    async checkPolicySet(scope: Scope, { policy }: { policy: Plan['policy'] }): Promise<Finding> {
      const world = worlds(scope);
      const versions = await measurePolicySet(world, policy.active);
      if (world.commandLine === undefined) {
        // The platform has no call for it over HTTP (P2a).
        const open = ['whether every policy validates: nothing here can ask the platform'];
        return conclude(store, scope, { ...versions, open });
      }
      const validation = await measureValidation(world.commandLine, Context.current().cancellationSignal);
      return conclude(store, scope, combine({ versions, validation }));
    },

    /** C11: every pack has the version to go back to, and it can be gone back to. */
    async checkPreviousVersions(scope: Scope, { policy }: { policy: Plan['policy'] }): Promise<Finding> {
      const world = worlds(scope);
      const packs = await Promise.all(
        Object.entries(policy.previous).map(async ([pack, versionId]) => ({
          pack,
          versionId,
          version: await findVersion(world, pack, versionId),
        })),
      );
      const faults = packs
        .filter(({ version }) => version?.status !== 'superseded')
        .map(
          ({ pack, versionId, version }) => `${pack}: ${versionId} is ${version?.status ?? 'unknown'}, not superseded`,
        );
      return conclude(store, scope, { summary: `${packs.length} packs can go back`, facts: { packs }, faults });
    },

    /** B2: back to the previous version of every pack. A pack that is there already is left alone. */
    async rollBackPolicies(scope: Scope, { previous, key }: { previous: Versions; key: string }): Promise<Finding> {
      const world = worlds(scope);
      const mayGoBack = () => requireWayBack(room, scope, previous);
      const done = [];
      const faults = [];
      for (const [pack, versionId] of Object.entries(previous)) {
        try {
          done.push(await rollBack(world, { pack, versionId, key, mayGoBack }));
        } catch (error) {
          // A pack that is refused keeps no other from going back.
          if (!(error instanceof RefusedError)) throw error;
          faults.push(`${pack}: ${versionId}: ${error.message}`);
        }
      }
      return conclude(store, scope, {
        summary: `${done.length} packs are back at their previous version`,
        facts: { done },
        faults,
      });
    },
  };
}

/** The active set against what is expected: the ids and versions, not only the count. */
export async function measurePolicySet(world: World, expected: Versions): Promise<Measurement> {
  const packs = await listPacks(world);
  const versions = await Promise.all(
    packs.map(async ({ name }) => (await world.intended.listPolicyVersions(name)).value.versions),
  );
  const faults = [
    ...Object.entries(expected).flatMap(([pack, versionId]) => {
      const active = packs.find(({ name }) => name === pack)?.activeVersionId;
      if (active === versionId) return [];
      return [active ? `${pack}: ${active} is active, not ${versionId}` : `${pack}: no version is active`];
    }),
    ...packs.flatMap((pack) => packFaults(pack, expected)),
    ...versions.flatMap((list, index) => versionFaults(list, packs[index])),
  ];
  const active = versions.flat().filter(({ status }) => status === 'active');
  const subject = active.map(({ packName, versionId, contentSha256 }) => ({ packName, versionId, contentSha256 }));
  const summary = `${active.length} planned versions are active, nothing else`;
  return { summary, facts: { packs, active }, faults, subject };
}

function packFaults({ name, owner, activeVersionId }: PolicyPack, expected: Versions): string[] {
  return [
    ...(activeVersionId !== null && !Object.hasOwn(expected, name) ? [`${name}: is active but not in the plan`] : []),
    ...(owner === null ? [`${name}: is orphaned, it has no owner`] : []),
  ];
}

/** Both lists are the platform's own words; where they disagree neither is believed. */
function versionFaults(versions: readonly PolicyVersion[], pack: PolicyPack | undefined): string[] {
  const active = versions.filter(({ status }) => status === 'active').map(({ versionId }) => versionId);
  const expected = pack?.activeVersionId === null ? [] : [pack?.activeVersionId];
  if (active.length === expected.length && active[0] === expected[0]) return [];
  return [`${pack?.name}: the list of versions names ${active.join(', ') || 'none'} as active, the pack another`];
}

async function listPacks({ intended, environmentKey }: World): Promise<PolicyPack[]> {
  return (await intended.listPolicyPacks({ environmentKey })).value.packs;
}

async function findVersion(world: World, pack: string, versionId: string): Promise<PolicyVersion | undefined> {
  const { versions } = (await world.intended.listPolicyVersions(pack)).value;
  return versions.find((version) => version.versionId === versionId);
}

interface Return {
  readonly pack: string;
  readonly versionId: string;
  readonly key: string;
  /** Throws where this is not the way back. */
  readonly mayGoBack: () => Promise<void>;
}

/** Reads, acts once, reads back. Reading first makes a repetition after a lost answer harmless. */
async function rollBack(world: World, { pack, versionId, key, mayGoBack }: Return) {
  const before = await activeVersion(world, pack);
  if (before === versionId) return { pack, before, after: before, changed: false };
  await mayGoBack();
  const { state: after } = await actAndReadBack({
    act: () => world.intended.rollbackPolicy(versionId, { rolledBackBy: 'golive', comments: key }),
    read: () => activeVersion(world, pack),
    isDone: (active) => active === versionId,
    unconfirmed: () => `${pack}: ${versionId} was asked for and is not active`,
  });
  return { pack, before, after, changed: true };
}

async function activeVersion(world: World, pack: string): Promise<string | null> {
  return (await listPacks(world)).find(({ name }) => name === pack)?.activeVersionId ?? null;
}
