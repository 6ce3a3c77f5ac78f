import { isSameRun } from '../domain/ids.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { isAtMost } from '../traffic/port.ts';
import { requireKeyOf, requireRelease } from './authority.ts';
import { halt, readState, resume, untilAllowed } from './emergency.ts';
import { conclude, type Measurement } from './findings.ts';
import { haltOf, isReleasedBy } from './halts.ts';
import { measureHealth } from './health.ts';
import { measurePolicySet } from './policies.ts';
import { actionOf, factsOf, isHaltDenial, submitProbe, versionedAction } from './probes.ts';
import type { Room } from './room.ts';
import { describeShare, readShare } from './share.ts';
import type { Scope, World } from './world.ts';

/** What a rolled back platform must show. */
interface SafeState {
  /** Pack to version. */
  readonly previous: Readonly<Record<string, string>>;
  /** The safe share of traffic; less is safe as well. */
  readonly percent: number;
  readonly key: string;
}

/** What became of a release, and whether the tenant was halted after it: somebody else may have released it as well. */
export interface Release extends Finding {
  readonly halted: boolean;
}

export function rollbackActivities(room: Room) {
  const { worlds, store } = room;
  return {
    /** B3: fresh reads show the safe state, and the platform still halted, which a denied probe proves. */
    async verifyRollback(scope: Scope, safe: SafeState): Promise<Finding> {
      const world = worlds(scope);
      const measured = await measureSafeState(world, safe);
      const state = await readState(world);
      const probe = await submitProbe(world, `${safe.key}/still-halted`, actionOf(world, 'allowed'));
      const faults = [
        ...(measured.faults ?? []),
        ...(state.halted ? [] : ['the kill switch is not on']),
        ...(isHaltDenial(probe.value) ? [] : [`a probe was ${probe.value.outcome} although the tenant is halted`]),
      ];
      const facts = { safe: measured.facts, state, probe: factsOf(probe) };
      return conclude(store, scope, { summary: `${measured.summary}, halted`, facts, faults });
    },

    /**
     * B4: kill switch off, read back, and proven by probes that only the previous policy versions allow. The people who
     * released it may have taken hours, so the safe state is read once more, and without it nothing is released.
     */
    async switchOff(
      scope: Scope,
      { approvedBy, ...safe }: SafeState & { readonly approvedBy: readonly Digest[] },
    ): Promise<Release> {
      requireKeyOf('kill-switch-off', safe.key);
      const world = worlds(scope);
      const released = await orHaltedAgain(world, safe.key, async () => {
        await requireRelease(room, scope, safe, approvedBy);
        return release(world, safe);
      });
      const { halted } = await readState(world);
      return { ...(await conclude(store, scope, released)), halted };
    },
  };
}

/** Why a halt that may be somebody else's is not released. */
const UNRELEASED = {
  'of-others': { faults: ['somebody else has halted the tenant too: release it together with them'] },
  unclear: { doubts: ['the audit log does not show whose halt it is: release it by hand if nobody else wants it'] },
} as const;

/** Releases from a safe state, and nothing else; a release that is not proven has faults. */
async function release(world: World, safe: SafeState): Promise<Measurement> {
  const measured = await measureSafeState(world, safe);
  if ((measured.faults ?? []).length > 0) return measured;
  const owner = await haltOf(world, await readState(world), safe.key, isSameRun);
  if (owner === 'of-others' || owner === 'unclear') return { summary: '', facts: { owner }, ...UNRELEASED[owner] };
  await resume(world, `${safe.key} released after the rollback`);
  // Side by side: one after the other could take longer than the call may, and then nobody would hear of it.
  const proofs = await Promise.all(
    Object.values(safe.previous).map(async (versionId) => {
      const action = versionedAction(world, versionId);
      const { answer, satisfied } = await untilAllowed(world, `${safe.key}/${versionId}`, action);
      return { versionId, satisfied, probe: factsOf(answer) };
    }),
  );
  const faults = proofs
    .filter(({ satisfied }) => !satisfied)
    .map(({ versionId, probe }) => `a probe that ${versionId} allows was ${probe.outcome}`);
  const facts = { safe: measured.facts, after: await readState(world), proofs };
  return { summary: 'off, probes behave as under the previous policy versions', facts, faults };
}

/**
 * A platform that we have released and not proven is halted again: also when the proof broke off, and when an attempt before this
 * one died in the middle of it.
 */
async function orHaltedAgain(world: World, key: string, act: () => Promise<Measurement>): Promise<Measurement> {
  try {
    const measured = await act();
    if ((measured.faults ?? []).length > 0) await haltAgain(world, key);
    return measured;
  } catch (error) {
    // What fails here as well matters more than why it was to be done, and is repeated where that can help.
    await haltAgain(world, key);
    throw error;
  }
}

/** What somebody else has released is theirs. */
async function haltAgain(world: World, key: string): Promise<void> {
  const isOurs = await isReleasedBy(world, await readState(world), key);
  if (isOurs) await halt(world, `${key} halted again, the release could not be proven`);
}

async function measureSafeState(world: World, { previous, percent }: SafeState): Promise<Measurement> {
  const policies = await measurePolicySet(world, previous);
  const health = await measureHealth(world);
  const share = await readShare(world);
  const faults = [
    ...(policies.faults ?? []),
    ...(health.faults ?? []),
    ...(isAtMost(share, percent) ? [] : [`traffic stands at ${describeShare(share)}, not at ${percent} %`]),
  ];
  const facts = { policies: policies.facts, health: health.facts, share };
  return { summary: 'previous versions active, healthy, traffic safe', facts, faults };
}
