import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/domain/failure-codes.ts';
import type { FaultWish } from '../../src/sandbox/faults/fault.ts';
import { CHECKS, isPatient, stageFor } from './checks.ts';
import { hastyActivities } from './hasty.ts';
import { outcomeOf, secretsIn, textOf, wordOf } from './outcome.ts';
import type { Stage } from './stage.ts';
import { Verdicts } from './verdicts.ts';

type CallEffect = Extract<FaultWish, { kind: 'call' }>['effect'];

/** A deadline that a healthy sandbox keeps easily, and an answer that comes long after it. */
const HASTY = 150;
const SLOW: CallEffect = { kind: 'slow', ms: 2_000 };

const MANGLED: readonly FailureCode[] = [
  'PlatformSurprising',
  // A refusal that the platform did not sign as its own.
  'PlatformRefused',
  'TrafficRefused',
  'MetricsNoAnswer',
];
const GONE: readonly FailureCode[] = ['PlatformNoAnswer', 'TrafficNoAnswer', 'MetricsNoAnswer'];
const BROKEN: readonly FailureCode[] = ['PlatformUnavailable', 'TrafficNoAnswer', 'MetricsNoAnswer'];

/** Everything that can happen to single calls, and the codes that may come of it. */
const CALL_FAULTS: readonly {
  readonly name: string;
  readonly effect: CallEffect;
  readonly codes: readonly FailureCode[];
}[] = [
  { name: 'not-json', effect: { kind: 'not-json' }, codes: MANGLED },
  { name: 'redirect', effect: { kind: 'redirect' }, codes: MANGLED },
  { name: 'truncated-json', effect: { kind: 'truncated-json' }, codes: MANGLED },
  { name: 'endless-body', effect: { kind: 'endless-body' }, codes: MANGLED },
  { name: 'gzip-bomb', effect: { kind: 'gzip-bomb' }, codes: MANGLED },
  { name: 'drop-before', effect: { kind: 'drop-before' }, codes: GONE },
  { name: 'status 500', effect: { kind: 'status', status: 500 }, codes: BROKEN },
  { name: 'status 503', effect: { kind: 'status', status: 503, retryAfter: '2' }, codes: BROKEN },
  {
    name: 'status 429',
    effect: { kind: 'status', status: 429, retryAfter: '2' },
    codes: ['PlatformThrottled', 'TrafficNoAnswer', 'MetricsNoAnswer'],
  },
  {
    name: 'status 404',
    effect: { kind: 'status', status: 404 },
    codes: ['PlatformRefused', 'TrafficRefused', 'MetricsNoAnswer'],
  },
  { name: 'slow', effect: SLOW, codes: ['PlatformLate', 'TrafficNoAnswer', 'MetricsNoAnswer'] },
];

const verdicts = new Verdicts();
afterAll(() => verdicts.write('faults-of-calls'));

describe.each(CHECKS)('$name', (check) => {
  let stage: Stage;
  let generation = 0;
  const act = (activities = stage.activities) => check.act(activities, stage, (generation += 1));

  beforeAll(async () => {
    stage = await stageFor(check);
  });
  afterAll(() => stage.close());
  afterEach(async () => {
    stage.sandbox.control.disarmAll();
    const undone = await check.undo?.(stage, generation);
    if (undone !== undefined && undone.verdict !== 'pass') throw new Error(`not undone: ${undone.summary}`);
  });

  it('passes a healthy platform in one short sentence, with its facts kept', async () => {
    const finding = await act();
    expect(finding).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(finding.summary).toMatch(/\S/);
    expect(finding.summary.length).toBeLessThanOrEqual(120);
    expect(await stage.keeps(finding.evidence)).toBe(true);
  });

  it('calls the operations that the table breaks below, and no others', async () => {
    expect(await operationsCalled(stage, () => act())).toEqual([...check.operations].toSorted());
  });

  const rows = CALL_FAULTS.flatMap(({ name, effect, codes }) =>
    check.operations
      .filter((operation) => effect !== SLOW || !isPatient(check, operation))
      .map((operation) => ({ name, effect, codes, operation })),
  );
  it.each(rows)('does not pass under $name of $operation', async ({ name, effect, operation, codes }) => {
    stage.sandbox.control.arm({ kind: 'call', operationId: operation, effect, times: 'always' });
    const outcome = await outcomeOf(act(effect === SLOW ? hastyActivities(stage, HASTY) : stage.activities));
    verdicts.note(check, name, outcome);
    expect(['fail', 'inconclusive', ...codes]).toContain(wordOf(outcome));
    expect(secretsIn(textOf(outcome), stage)).toEqual([]);
    expect(stage.sandbox.control.state().redirectsFollowed).toBe(0);
  });

  it('passes again once nothing is broken any more', async () => {
    expect(await act()).toMatchObject({ verdict: 'pass', reasons: [] });
  });
});

/** Arms a fault that changes nothing on every operation; those that were struck were called. */
async function operationsCalled({ sandbox }: Stage, act: () => Promise<unknown>): Promise<string[]> {
  const { control } = sandbox;
  const armed = new Map(
    ALL_OPERATIONS.map((operationId) => [
      control.arm({ kind: 'call', operationId, effect: { kind: 'slow', ms: 1, wait: 'after-acting' } }),
      operationId,
    ]),
  );
  await act();
  for (const { id } of control.armed()) armed.delete(id);
  return [...armed.values()].toSorted();
}

const ALL_OPERATIONS: readonly string[] = [
  'submitIntent',
  'listIntents',
  'getIntent',
  'listAuthorityKeys',
  'verifyToken',
  'listAuditEvents',
  'verifyAuditChain',
  'getIntentEvidence',
  'createAuditExport',
  'listAuditExports',
  'getAuditExport',
  'downloadAuditExport',
  'listPolicyPacks',
  'listPolicyVersions',
  'rollbackPolicy',
  'getEmergencyState',
  'applyEmergencyAction',
  'listApiTokens',
  'createApiToken',
  'revokeApiToken',
  'listRoles',
  'listMembers',
  'getIdentityReadiness',
  'getServiceHealth',
  'getServiceLiveness',
  'getServiceReadiness',
  'getShare',
  'putShare',
  'getMetrics',
  'getAlertRules',
  'getAlertmanagers',
  'getScrapeTargets',
];
