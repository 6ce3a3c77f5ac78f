import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MESSAGES } from '../../src/domain/messages.ts';
import { GATE_IDS } from '../../src/domain/plan.ts';
import type { Finding } from '../../src/domain/verdict.ts';
import { examplePlan } from '../support/plans.ts';
import { isHalted } from './at-rest.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { ANOTHER_RUN, PLANNED, SignedStage } from './signed-stage.ts';
import { ANOTHER_PROFILE, moveShare, PLAN as PARSED } from './stage.ts';

const { previous } = PARSED.policy;

let signed: SignedStage;
beforeEach(async () => {
  signed = await SignedStage.start();
});
afterEach(() => signed.close());

describe('whoever may make the worker run any activity with any arguments', () => {
  const HALT = { reason: 'an incident' };
  const FOREIGN = [
    '',
    'golive',
    'an incident',
    'golive:test:c0ffee00:kill-switch-on:1',
    'golive:::kill-switch-drill:1',
  ];

  it.each(FOREIGN)('cannot release a halt with a drill under the key %j', async (key) => {
    const { others, activities, scope } = signed.stage;
    await others.applyEmergencyAction('tenant_halt', HALT);
    await outcomeOf(signed.run(() => activities.releaseDrillHalt(scope, { key })));
    await outcomeOf(signed.run(() => activities.rehearseKillSwitch(scope, { key, within: 300 })));
    expect(signed.stage.effects('emergency')).toHaveLength(1);
    expect(isHalted(signed.stage)).toBe(true);
  });

  it('cannot dress a halt up as one of a drill and release it then', async () => {
    const { others, activities, scope, key } = signed.stage;
    const drill = key('kill-switch-drill');
    await others.applyEmergencyAction('tenant_halt', HALT);
    await outcomeOf(signed.run(() => activities.switchOn(scope, { key: drill, reason: 'x', within: 300 })));
    await outcomeOf(signed.run(() => activities.releaseDrillHalt(scope, { key: drill })));
    expect(isHalted(signed.stage)).toBe(true);
  });

  it.each(['', 'golive', 'production'])('cannot revoke the credentials of others under the key %j', async (key) => {
    const { activities, scope } = signed.stage;
    await outcomeOf(signed.run(() => activities.revokeDrillCredentials(scope, { key })));
    await outcomeOf(signed.run(() => activities.rehearseRevocation(scope, { key })));
    expect(signed.stage.effects('credential-revoked')).toEqual([]);
  });

  it.each(['', 'golive:test:c0ffee00:policy-rollback:1'])('cannot change staging under the key %j', async (key) => {
    const { activities, scope } = signed.stage;
    await outcomeOf(signed.run(() => activities.rehearseRollback(scope, { key })));
    await outcomeOf(signed.run(() => activities.restoreStaging(scope, { key })));
    expect(signed.stage.effects('rollback')).toEqual([]);
  });

  it.each([4, 100])('cannot raise the traffic to %d percent by calling it safe', async (percent) => {
    const { activities, scope, key } = signed.stage;
    await outcomeOf(signed.run(() => activities.trafficToSafe(scope, { percent, key: key('traffic-to-safe') })));
    expect(signed.shares()).toEqual([]);
  });

  it('cannot roll the policies back to versions that the plan does not name', async () => {
    await signed.shift(await signed.quorum());
    const other = { 'payments-guardrails': 'pv_40' };
    expect(await rollBack(signed.stage.scope.folder, other)).toBe('NotApproved');
    expect(signed.stage.effects('rollback')).toEqual([]);
  });

  it('cannot roll the policies back before people let the go-live begin', async () => {
    expect(await rollBack(signed.stage.scope.folder, previous)).toBe('NotApproved');
    expect(signed.stage.effects('rollback')).toEqual([]);
  });

  it('cannot roll the policies back by a plan that nobody has signed for', async () => {
    const { activities } = signed.stage;
    await signed.shift(await signed.quorum());
    const other = { 'payments-guardrails': 'pv_40', 'data-access': 'pv_16' };
    const folder = 'tenant_acme_prod/production/of-an-attacker';
    const plan = examplePlan({ profile: 'sandbox', policy: { active: PARSED.policy.active, previous: other } });
    await signed.run(() => activities.keepPlan(folder, plan));
    expect(await rollBack(folder, other)).toBe('NotApproved');
    expect(signed.stage.effects('rollback')).toEqual([]);
  });

  it('cannot use approvals with a plan of another folder that asks nobody else', async () => {
    const { activities, scope, key } = signed.stage;
    const folder = 'tenant_acme_prod/production/of-an-attacker';
    const gate = { approvals: 1, from: { people: ['eve@acme.example'] }, within: '72h' };
    const gates = Object.fromEntries(GATE_IDS.map((id) => [id, gate]));
    await signed.run(() => activities.keepPlan(folder, { ...PLANNED, gates }));
    const approvals = [await signed.approved('eve', {}, { scope: { folder } })];
    const request = { from: 0, to: 5, key: key('low-traffic'), approvedBy: approvals };
    const moved = outcomeOf(signed.run(() => activities.shiftTraffic({ ...scope, folder }, request)));
    expect(wordOf(await moved)).toBe('NotApproved');
    expect(signed.shares()).toEqual([]);
  });

  it.each([
    ['another profile', { profile: ANOTHER_PROFILE }, 'NotApproved'],
    ['a profile that the worker does not have', { profile: 'production' }, 'Unexpected'],
    ['another tenant', { tenant: 'tenant_other' }, 'NotApproved'],
    ['another environment', { environment: 'staging' }, 'NotApproved'],
  ])('cannot use approvals for %s', async (_what, elsewhere, word) => {
    const { activities, scope, key } = signed.stage;
    const request = { from: 0, to: 5, key: key('low-traffic'), approvedBy: await signed.quorum() };
    const moved = outcomeOf(signed.run(() => activities.shiftTraffic({ ...scope, ...elsewhere }, request)));
    expect(wordOf(await moved)).toBe(word);
    expect(signed.shares()).toEqual([]);
  });

  it('cannot keep another plan over the one that was admitted', async () => {
    const { activities, scope } = signed.stage;
    const other = examplePlan({ profile: 'sandbox', summary: 'another' });
    // It answers nothing; only how it fails is looked at.
    const kept = outcomeOf(signed.run(async () => activities.keepPlan(scope.folder, other) as unknown as Finding));
    expect(wordOf(await kept)).toBe('EvidenceConflict');
    expect(await signed.shift(await signed.quorum())).toBe('pass');
  });

  it.each([
    ['another tenant', { tenant: 'tenant_other' }],
    ['another environment', { environment: 'staging' }],
  ])('cannot have a decision received for %s', async (_what, scope) => {
    expect(await signed.read(await signed.sign('ben'), { scope })).toMatchObject({ ok: false });
  });

  it('cannot have a decision received twice, in two runs', async () => {
    const token = await signed.sign('ben');
    expect(await signed.read(token)).toMatchObject({ ok: true });
    expect(await signed.read(token, { run: ANOTHER_RUN })).toMatchObject({ ok: false });
    expect(await signed.read(token)).toMatchObject({ ok: true });
  });

  it('cannot use a decision that was received into a folder of their own', async () => {
    const approvals = [await signed.approved('ben'), await signed.approved('chi', {}, { scope: { folder: 'a/b/c' } })];
    expect(await signed.shift(approvals)).toBe('NotApproved');
  });

  it('cannot have a decision received as another message', async () => {
    const token = await signed.sign('ben');
    for (const name of Object.keys(MESSAGES).filter((it) => it !== 'approve')) {
      expect(await signed.read(token, { name })).toMatchObject({ ok: false });
    }
  });

  async function rollBack(folder: string, versions: Readonly<Record<string, string>>): Promise<string> {
    const { activities, scope, key } = signed.stage;
    const request = { previous: versions, key: key('policy-rollback') };
    return wordOf(await outcomeOf(signed.run(() => activities.rollBackPolicies({ ...scope, folder }, request))));
  }
});

describe('what makes the platform safe asks nobody', () => {
  it('not even where nobody has signed anything', async () => {
    const { activities, scope, key } = signed.stage;
    await moveShare(signed.stage, 50);
    const safe = () => activities.trafficToSafe(scope, { percent: 0, key: key('traffic-to-safe') });
    const on = () => activities.switchOn(scope, { key: key('kill-switch-on'), reason: 'a test', within: 300 });
    expect([await signed.run(safe), await signed.run(on)]).toMatchObject([{ verdict: 'pass' }, { verdict: 'pass' }]);
    expect([signed.shares(), isHalted(signed.stage)]).toEqual([[50, 0], true]);
  });

  it('and the policies go back although a key was struck off since people let the go-live begin', async () => {
    const { activities, scope, key } = signed.stage;
    await signed.shift(await signed.quorum());
    await signed.publish(['eve']);
    const back = () => activities.rollBackPolicies(scope, { previous, key: key('policy-rollback') });
    expect(await signed.run(back)).toMatchObject({ verdict: 'pass' });
    expect(signed.stage.effects('rollback')).toHaveLength(2);
  });

  it('and policies that somebody has put back by hand are found so', async () => {
    const { activities, scope, key, others } = signed.stage;
    for (const version of Object.values(previous)) {
      await others.rollbackPolicy(version, { rolledBackBy: 'chi', comments: 'by hand' });
    }
    const back = () => activities.rollBackPolicies(scope, { previous, key: key('policy-rollback') });
    expect(await signed.run(back)).toMatchObject({ verdict: 'pass' });
  });
});
