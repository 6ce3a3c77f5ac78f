import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WORLD_FAULTS, type WorldFaultName } from '../../src/sandbox/faults/fault.ts';
import { METRIC_LIES } from '../../src/sandbox/faults/metric-faults.ts';
import { TRAFFIC_LIES } from '../../src/sandbox/faults/traffic-faults.ts';
import { CHECKS, stageFor, traffic } from './checks.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { LIMITS, moveShare, PLAN, startStage, type Stage } from './stage.ts';
import { Verdicts } from './verdicts.ts';

const verdicts = new Verdicts();
afterAll(() => verdicts.write('lies'));

describe('a platform that lies', () => {
  const rows = CHECKS.flatMap((check) =>
    Object.entries(check.lies).map(([lie, expected]) => ({
      check,
      name: check.name,
      lie: lie as WorldFaultName,
      expected,
    })),
  );

  it.each(rows)('does not get past $name with $lie', async ({ check, lie, expected }) => {
    const stage = await stageFor(check, [lie]);
    const outcome = await outcomeOf(check.act(stage.activities, stage, 1));
    await stage.close();
    verdicts.note(check, lie, outcome);
    expect(wordOf(outcome)).toBe(expected);
  });

  it('has every lie held against some check, but for those that only traffic shows', () => {
    const told = new Set(rows.map(({ lie }) => lie));
    const shownByTraffic = Object.keys({ ...TRAFFIC_LIES, ...METRIC_LIES });
    expect(WORLD_FAULTS.filter((name) => !told.has(name))).toEqual(shownByTraffic);
  });
});

describe('a platform that is not as it should be', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await startStage({ rate: 1000 });
  });
  afterEach(() => stage.close());

  const halt = () => stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
  const readiness = () =>
    stage.activities.checkReadiness(stage.scope, { limits: LIMITS, key: stage.key('operational-readiness') });
  const capabilities = (changes: Partial<Stage['scope']> = {}) =>
    stage.activities.probeCapabilities(
      { ...stage.scope, ...changes },
      { rollout: PLAN.rollout, limits: LIMITS, key: stage.key('tenant-capabilities') },
    );

  it('is not ready while it is halted, however quickly it denies', async () => {
    await halt();
    expect(await readiness()).toMatchObject(failed('policy-engine: 20 of 20 probes that must be denied were not'));
  });

  it('is not ready when it is slower than the plan allows', async () => {
    const limits = { ...LIMITS, policyEngineMs: 0.001, tokenSigningMs: 20_000 };
    const key = stage.key('operational-readiness');
    const finding = await stage.activities.checkReadiness(stage.scope, { limits, key });
    expect(finding.verdict).toBe('fail');
    expect(finding.summary).toMatch(/^policy-engine: the policy engine takes \d+ ms/);
  });

  it('is not at rest while it is halted', async () => {
    await halt();
    expect(await capabilities()).toMatchObject(failed('the tenant or an environment is halted'));
  });

  it('is not at rest while traffic is above its safe share', async () => {
    await moveShare(stage, 1);
    expect(await capabilities()).toMatchObject(failed('traffic stands at 1 %, not at its safe share of 0 %'));
  });

  it('has no environment of another name', async () => {
    expect(wordOf(await outcomeOf(capabilities({ environment: 'elsewhere' })))).toBe('PlatformRefused');
  });

  it.each(['a wider key of our own name', 'an agents key with too much'])('has %s', async (name) => {
    const own = name.includes('our own');
    await stage.others.createApiToken({
      name: own ? 'golive' : name,
      environmentKey: 'prod',
      scopes: ['audit:read', 'everything:write'],
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    });
    const finding = await stage.activities.checkProductionKeys(stage.scope);
    expect(finding).toMatchObject(
      failed(`${own ? 'golive' : name}: has scopes beyond the allowed ones: everything:write`),
    );
  });

  it('has a production key that never expires', async () => {
    await stage.others.createApiToken({ name: 'eternal', environmentKey: 'prod', scopes: ['audit:read'] });
    expect(await stage.activities.checkProductionKeys(stage.scope)).toMatchObject(failed('eternal: never expires'));
  });

  it('has nobody by the name of the one on call', async () => {
    const { scope, activities } = stage;
    expect(await activities.checkOnCall(scope, { owner: 'stranger' })).toMatchObject(
      failed('stranger is not an active member'),
    );
    expect(await activities.checkOnCall(scope, { owner: null })).toMatchObject(
      failed('the plan names no owner for on-call'),
    );
  });

  it('has too few people who may approve when the requester is left out', async () => {
    const gate = {
      approvals: 2,
      from: { people: ['ana@acme.example', 'BEN@acme.example'] },
      within: 60_000,
      validFor: 60_000,
    };
    const finding = await stage.activities.checkApprovers(stage.scope, { gate, requester: 'Ana@acme.example' });
    expect(finding).toMatchObject(failed('1 people can approve, 2 are needed'));
  });

  it('has no version to go back to where the plan names one that was withdrawn', async () => {
    const previous = { ...PLAN.policy.previous, 'payments-guardrails': 'pv_38' };
    const finding = await stage.activities.checkPreviousVersions(stage.scope, {
      policy: { ...PLAN.policy, previous },
    });
    expect(finding).toMatchObject(failed('payments-guardrails: pv_38 is withdrawn, not superseded'));
  });

  it.each(['stale-audit', 'audit-gap'] as const)('loses few enough events to be in tolerance under %s', async (lie) => {
    const since = await stage.activities.markAudit(stage.scope);
    stage.sandbox.control.arm({ kind: 'world', name: lie });
    await traffic(stage, 20);
    expect(await stage.activities.reviewAudit(stage.scope, { marks: [since] })).toMatchObject({ verdict: 'fail' });
  });

  it.each([
    ['less than before', 20],
    ['more than before', 400],
  ])(
    'leaves to a person whether it recorded everything after our own counters began anew and show %s',
    async (_what, requests) => {
      const { activities, sandbox, scope } = stage;
      const before = await activities.markAudit(scope);
      await traffic(stage, 250);
      const soaked = await activities.markAudit(scope);
      sandbox.control.arm({ kind: 'world', name: 'counter-reset', atShare: 0 });
      await traffic(stage, requests);
      const finding = await activities.reviewAudit(scope, { marks: [before, soaked] });
      expect(finding).toMatchObject({
        verdict: 'pass',
        open: [expect.stringMatching(/^our own counters do not tell of all requests, only of \d+$/)],
      });
    },
  );

  it('has lost decisions, however many of our own requests we know of', async () => {
    const { activities, sandbox, scope } = stage;
    const before = await activities.markAudit(scope);
    sandbox.control.arm({ kind: 'world', name: 'stale-audit' });
    await traffic(stage, 250);
    const soaked = await activities.markAudit(scope);
    sandbox.control.arm({ kind: 'world', name: 'counter-reset', atShare: 0 });
    expect(await activities.reviewAudit(scope, { marks: [before, soaked] })).toMatchObject({ verdict: 'fail' });
  });

  it('denies in a way that it did not deny in before', async () => {
    const since = await stage.activities.markAudit(stage.scope);
    await traffic(stage);
    const { baseline } = await stage.activities.sampleDenials(stage.scope, { since, size: 5, seed: 'test' });
    await halt();
    const compared = async () => {
      await traffic(stage, 400);
      return stage.activities.compareDenials(stage.scope, { since, baseline });
    };
    // A halt takes a moment to reach those who decide.
    await expect.poll(compared, { timeout: 20_000 }).toMatchObject({
      verdict: 'pass',
      open: [expect.stringMatching(/^a new reason to deny: no policy: tenant_halted, \d+ of \d+$/)],
      subject: expect.anything(),
    });
  });
});

describe('a sample of denials', () => {
  it('is the same for the same seed, spread over patterns, and leaves our own probes out', async () => {
    const stage = await startStage({ rate: 1000 });
    const { activities, scope } = stage;
    const since = await activities.markAudit(scope);
    await activities.checkReadiness(scope, { limits: LIMITS, key: stage.key('operational-readiness') });
    await traffic(stage, 300);
    const draw = (seed: string) => activities.sampleDenials(scope, { since, size: 6, seed });
    const [one, same, other] = [await draw('a'), await draw('a'), await draw('b')];
    const kept = await stage.keeps(one.sample);
    const baseline = await stage.kept(one.baseline);
    await stage.close();
    expect(same).toEqual(one);
    expect(other.ids).not.toEqual(one.ids);
    expect(one.ids).toHaveLength(6);
    expect(one.available).toBeGreaterThanOrEqual(6);
    expect(baseline).toContain('byIdentity');
    expect(baseline).not.toContain('probe');
    expect(kept).toBe(true);
  });
});

/** A finding that fails for this reason, perhaps among others. */
function failed(reason: string) {
  return { verdict: 'fail', reasons: expect.arrayContaining([reason]) as string[] };
}
