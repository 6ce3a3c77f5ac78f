import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Effect } from '../../src/sandbox/ledger.ts';
import { activeCredentials, activeDrillCredentials, expectAtRest, isHalted, stagingVersions } from './at-rest.ts';
import {
  killSwitchDrill,
  releaseDrillHalt,
  restoreStaging,
  revocationDrill,
  revokeDrillCredentials,
  rollbackDrill,
  switchOn,
} from './deeds.ts';
import { LOST_ANSWERS, type CallEffect } from './lost-answers.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { startStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

describe('a drill of the kill switch', () => {
  it('that died while the tenant was halted is taken back by its undo, once', async () => {
    stage.sandbox.control.arm({
      kind: 'call',
      operationId: 'submitIntent',
      effect: { kind: 'drop-before' },
      times: 'always',
    });
    expect(wordOf(await outcomeOf(killSwitchDrill(stage)))).toBe('PlatformNoAnswer');
    expect(isHalted(stage)).toBe(true);
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'pass', summary: 'the drill is taken back' });
    expect(isHalted(stage)).toBe(false);
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects('emergency')).toHaveLength(2);
  });

  it('that never began leaves its undo nothing to do', async () => {
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects()).toEqual([]);
  });

  it('does not begin while somebody else has halted the tenant', async () => {
    await stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
    expect(await killSwitchDrill(stage)).toMatchObject({ verdict: 'fail' });
    expect(isHalted(stage)).toBe(true);
  });

  it('does not release what somebody else halted meanwhile', async () => {
    stage.sandbox.control.arm({ kind: 'call', operationId: 'submitIntent', effect: { kind: 'slow', ms: 300 } });
    const finding = killSwitchDrill(stage);
    await vi.waitFor(() => expect(stage.sandbox.control.armed()).toEqual([]));
    await stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
    expect(await finding).toMatchObject({ verdict: 'fail' });
    expect(isHalted(stage)).toBe(true);
  });

  const OTHER_HALTS: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['that somebody else set', () => stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' })],
    ['of a rollback', () => switchOn(stage)],
    [
      'of its own that somebody else has asked for since',
      async () => {
        await stage.others.applyEmergencyAction('tenant_halt', { reason: stage.key('kill-switch-drill') });
        await stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
      },
    ],
    [
      'that somebody else set after its own was released, while the audit log lags',
      async () => {
        await stage.others.applyEmergencyAction('tenant_halt', { reason: stage.key('kill-switch-drill') });
        stage.sandbox.control.arm({ kind: 'world', name: 'stale-audit' });
        await stage.others.applyEmergencyAction('tenant_resume', { reason: 'over' });
        await stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
      },
    ],
  ];
  it('is taken back also where somebody else had halted, and released, before it', async () => {
    await stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
    await stage.others.applyEmergencyAction('tenant_resume', { reason: 'over' });
    await stage.others.applyEmergencyAction('tenant_halt', { reason: stage.key('kill-switch-drill') });
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'pass', summary: 'the drill is taken back' });
    expect(isHalted(stage)).toBe(false);
  });

  it.each(OTHER_HALTS)('has an undo that never releases a halt %s', async (_whose, halt) => {
    await halt();
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'pass' });
    expect(isHalted(stage)).toBe(true);
  });

  it('has an undo that does not call it done while the audit log hides whose halt it is', async () => {
    stage.sandbox.control.arm({ kind: 'world', name: 'stale-audit' });
    await stage.others.applyEmergencyAction('tenant_halt', { reason: stage.key('kill-switch-drill') });
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'inconclusive' });
    stage.sandbox.control.disarmAll();
    expect(await releaseDrillHalt(stage)).toMatchObject({ verdict: 'pass' });
    expect(isHalted(stage)).toBe(false);
  });
});

describe('a drill of revocation', () => {
  it('makes one credential, revokes it once, and leaves none active', async () => {
    expect(await revocationDrill(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects().map(({ what }) => what)).toEqual(['credential-created', 'emergency']);
    await expectAtRest(stage);
  });

  it('revokes the credential whose secret was lost with the answer, and makes another', async () => {
    stage.sandbox.control.arm({ kind: 'call', operationId: 'createApiToken', effect: { kind: 'apply-then-drop' } });
    expect(wordOf(await outcomeOf(revocationDrill(stage)))).toBe('PlatformNoAnswer');
    expect(await revocationDrill(stage)).toMatchObject({ verdict: 'pass' });
    expect(eachOnce(stage.effects())).toBe(true);
    await expectAtRest(stage);
  });

  it.each(LOST_ANSWERS.filter(({ effect }) => effect.kind !== 'slow'))(
    'needs no second credential when the revocation is answered with $name',
    async ({ effect }) => {
      stage.sandbox.control.arm({ kind: 'call', operationId: 'applyEmergencyAction', effect });
      expect(await revocationDrill(stage)).toMatchObject({ verdict: effect.kind === 'not-json' ? 'fail' : 'pass' });
      expect(stage.effects().map(({ what }) => what)).toEqual(['credential-created', 'emergency']);
    },
  );

  it('that died with an active credential is taken back by its undo, once', async () => {
    const effect: CallEffect = { kind: 'drop-before' };
    stage.sandbox.control.arm({ kind: 'call', operationId: 'applyEmergencyAction', effect, times: 'always' });
    expect(wordOf(await outcomeOf(revocationDrill(stage)))).toBe('PlatformNoAnswer');
    expect(await activeDrillCredentials(stage)).toHaveLength(1);
    expect(await revokeDrillCredentials(stage)).toMatchObject({ verdict: 'pass' });
    expect(await revokeDrillCredentials(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects('credential-revoked')).toHaveLength(1);
    await expectAtRest(stage);
  });

  it('has an undo that leaves the credentials of others alone', async () => {
    const before = await activeCredentials(stage);
    await revokeDrillCredentials(stage);
    expect(await activeCredentials(stage)).toEqual(before);
  });
});

describe('a rehearsal of the rollback', () => {
  it('that died half-way is taken back by its undo, once', async () => {
    const effect: CallEffect = { kind: 'drop-before' };
    const path = 'pv_117';
    stage.sandbox.control.arm({ kind: 'call', operationId: 'rollbackPolicy', effect, path, times: 'always' });
    expect(wordOf(await outcomeOf(rollbackDrill(stage)))).toBe('PlatformNoAnswer');
    expect(stagingVersions(stage)).toContain('pv_116');
    stage.sandbox.control.disarmAll();
    expect(await restoreStaging(stage)).toMatchObject({ verdict: 'pass', summary: 'staging runs pv_117 again' });
    expect(await restoreStaging(stage)).toMatchObject({ verdict: 'pass', summary: 'staging was left as it was' });
    expect(stage.effects('rollback')).toHaveLength(2);
    await expectAtRest(stage);
  });

  it('that never began leaves its undo nothing to do', async () => {
    expect(await restoreStaging(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects()).toEqual([]);
  });
});

function eachOnce(effects: readonly Effect[]): boolean {
  const changes = effects.map(({ sequence: _sequence, at: _at, ...change }) => JSON.stringify(change));
  return new Set(changes).size === changes.length;
}
