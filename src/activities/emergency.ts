import { cut } from '../domain/text.ts';
import { isSameStep } from '../domain/ids.ts';
import type { Finding } from '../domain/verdict.ts';
import type { EmergencyAction, EmergencyState } from '../intended/wire/emergency.ts';
import { requireKeyOf } from './authority.ts';
import { conclude, concludeAnyway } from './findings.ts';
import { haltOf, type HaltOwner } from './halts.ts';
import { actAndReadBack } from './mutations.ts';
import { actionOf, factsOf, isApproved, isHaltDenial, poll, submitProbe } from './probes.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

const RELEASE_TO_ALLOW = 30_000;

const TAKEN_BACK: Record<HaltOwner, string> = {
  nobody: 'the drill left nothing halted',
  ours: 'the drill is taken back',
  'of-others': 'somebody else halted the tenant, which is left alone',
  unclear: 'it is unclear whose halt it is',
};

export function emergencyActivities({ worlds, store }: Room) {
  return {
    /** C1: halts the tenant, sees a probe denied within the bound, resumes, sees a probe allowed, finds both in the audit. */
    async rehearseKillSwitch(scope: Scope, { key, within }: { key: string; within: number }): Promise<Finding> {
      requireKeyOf('kill-switch-drill', key);
      const world = worlds(scope);
      const earlier = await haltOf(world, await readState(world), key);
      if (earlier === 'of-others' || earlier === 'unclear') {
        const faults = ['the tenant is halted already, and not by this drill alone'];
        return conclude(store, scope, { summary: '', facts: { earlier }, faults });
      }
      // The halt of an attempt that died: how soon it took effect nobody knows, so it is released and set anew.
      if (earlier === 'ours') await resume(world, key);
      const misfits = [...(await halt(world, key))];
      const denied = await untilDenied(world, key, within);
      if ((await haltOf(world, await readState(world), key)) === 'of-others') {
        const faults = ['somebody else halted the tenant during the drill, so it stays halted'];
        return conclude(store, scope, { summary: '', facts: { denied: factsOf(denied.answer) }, faults });
      }
      misfits.push(...(await resume(world, key)));
      const allowed = await untilAllowed(world, `${key}/after`, actionOf(world, 'allowed'));
      const audited = await auditedActions(world, key);
      const faults = [
        ...misfits,
        ...(denied.satisfied
          ? []
          : [`a probe was still answered ${denied.answer.value.outcome} ${denied.tookMs} ms after the halt`]),
        ...(allowed.satisfied ? [] : [`a probe was still ${allowed.answer.value.outcome} after the release`]),
        ...(audited.halted && audited.resumed ? [] : ['the audit log does not show both the halt and the release']),
      ];
      const facts = {
        denied: factsOf(denied.answer),
        deniedAfterMs: denied.tookMs,
        allowed: factsOf(allowed.answer),
        audited,
      };
      return conclude(store, scope, {
        summary: `a probe was denied ${denied.tookMs} ms after the halt`,
        facts,
        faults,
        subject: { drill: 'halt and release', tenant: scope.tenant, deniedWithinMs: within },
      });
    },

    /** Undo of the drill: releases a halt that the drill set, and only that one. */
    async releaseDrillHalt(scope: Scope, { key }: { key: string }): Promise<Finding> {
      requireKeyOf('kill-switch-drill', key);
      const world = worlds(scope);
      const state = await readState(world);
      const found = await haltOf(world, state, key);
      if (found === 'ours') await resume(world, key);
      return conclude(store, scope, {
        summary: TAKEN_BACK[found],
        facts: { state, found },
        doubts: found === 'unclear' ? ['the audit log does not show whose halt it is'] : [],
      });
    },

    /** B1: kill switch on, read back, and proven by a probe that is denied because of the halt. */
    async switchOn(
      scope: Scope,
      { key, reason, within }: { key: string; reason: string; within: number },
    ): Promise<Finding> {
      requireKeyOf('kill-switch-on', key);
      const world = worlds(scope);
      const before = await readState(world);
      const { lastChange } = before;
      const isOurs = before.halted && lastChange?.action === 'tenant_halt' && isSameStep(lastChange.reason, key);
      // Also where somebody else has halted: the halt must not end when theirs does.
      if (!isOurs) await halt(world, `${key} go-live rollback: ${cut(reason, 300)}`);
      const denied = await untilDenied(world, key, within);
      const faults = denied.satisfied
        ? []
        : [`the switch reads on, and a probe was still ${denied.answer.value.outcome} after ${denied.tookMs} ms`];
      const facts = { before, after: await readState(world), denied: factsOf(denied.answer), tookMs: denied.tookMs };
      return concludeAnyway(store, scope, {
        summary: `on, a probe was denied after ${denied.tookMs} ms`,
        facts,
        faults,
      });
    },
  };
}

export async function readState({ intended }: World): Promise<EmergencyState> {
  return (await intended.getEmergencyState()).value;
}

/** Halts, also what is halted already: the audit then shows that we want it too. Answers what of the answer did not fit. */
export const halt = (world: World, reason: string) => act(world, 'tenant_halt', reason, true);

/** Releases, unless nothing is halted. Answers what of the platform's answer did not fit. */
export async function resume(world: World, reason: string): Promise<readonly string[]> {
  return (await readState(world)).halted ? act(world, 'tenant_resume', reason, false) : [];
}

async function act(world: World, action: EmergencyAction, reason: string, halted: boolean): Promise<readonly string[]> {
  const { misfits } = await actAndReadBack({
    act: () => world.intended.applyEmergencyAction(action, { reason }),
    read: () => readState(world),
    isDone: (state) => state.halted === halted,
    unconfirmed: () => `${action} was asked for and the state does not show it`,
  });
  return misfits;
}

/** That a switch reads on is not believed before an intent is denied because of it. */
function untilDenied(world: World, key: string, within: number) {
  let probe = 0;
  const ask = () => submitProbe(world, `${key}/halted/${(probe += 1)}`, actionOf(world, 'allowed'));
  return poll(ask, ({ value }) => isHaltDenial(value), within);
}

/** Probes until one is allowed; after a release that is a matter of moments. */
export function untilAllowed(world: World, key: string, action: string) {
  let probe = 0;
  return poll(
    () => submitProbe(world, `${key}/${(probe += 1)}`, action),
    ({ value }) => isApproved(value),
    RELEASE_TO_ALLOW,
  );
}

async function auditedActions({ intended }: World, key: string): Promise<{ halted: boolean; resumed: boolean }> {
  const has = async (eventType: string) => {
    const { events } = (await intended.listAuditEvents({ eventType, limit: 20 })).value;
    return events.some(({ reason }) => reason === key);
  };
  return { halted: await has('EMERGENCY_TENANT_HALT'), resumed: await has('EMERGENCY_TENANT_RESUME') };
}
