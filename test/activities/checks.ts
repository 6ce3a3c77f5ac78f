import type { Activities, AuditMark } from '../../src/activities/index.ts';
import type { Digest, Finding, Verdict } from '../../src/domain/verdict.ts';
import type { WorldFaultName } from '../../src/sandbox/faults/fault.ts';
import { LIMITS, moveShare, PLAN, startStage, type Stage } from './stage.ts';

/** One measurement of the runbook: what it relies on, and which lies of the platform concern it. */
export interface Check {
  readonly name: string;
  /** Items of the runbook. */
  readonly items: readonly string[];
  /** Every operation that it calls; a test holds this against what it really calls. */
  readonly operations: readonly string[];
  /** What it must say when the world lies or breaks so. */
  readonly lies: Partial<Record<WorldFaultName, Exclude<Verdict, 'pass'>>>;
  /** What has happened before, in an honest world. */
  readonly before?: (stage: Stage) => Promise<void>;
  /** What happens between that and the measurement. */
  readonly meanwhile?: (stage: Stage) => Promise<void>;
  readonly act: (activities: Activities, stage: Stage, generation: number) => Promise<Finding>;
  /** The undo of a drill: it must pass once the fault is gone. */
  readonly undo?: (stage: Stage, generation: number) => Promise<Finding>;
}

const { policy, rollout, gates } = PLAN;
const BAD_TOKENS = {
  'bad-signature': 'fail',
  'alg-none': 'fail',
  'expired-token': 'fail',
  'unknown-kid': 'fail',
  'wrong-tenant-token': 'fail',
  'hs256-public-key': 'fail',
} as const;
const BAD_AUDIT = { 'stale-audit': 'fail', 'audit-gap': 'fail', 'broken-chain': 'fail' } as const;
const BAD_HEALTH = { 'degraded-service': 'fail', 'missing-service-check': 'fail' } as const;
const BAD_MONITORING = { 'stale-monitoring': 'fail', 'no-alertmanager': 'fail' } as const;
const SUITE = ['getServiceHealth', 'listAuthorityKeys', 'submitIntent', 'listAuditEvents', 'verifyAuditChain'];

const marks = new WeakMap<Stage, AuditMark>();
const baselines = new WeakMap<Stage, Digest>();

async function mark(stage: Stage): Promise<void> {
  marks.set(stage, await stage.activities.markAudit(stage.scope));
}

function markOf(stage: Stage): AuditMark {
  const since = marks.get(stage);
  if (since === undefined) throw new Error('nothing was marked');
  return since;
}

function baselineOf(stage: Stage): Digest {
  const baseline = baselines.get(stage);
  if (baseline === undefined) throw new Error('there is no baseline');
  return baseline;
}

/** Real requests through the router until enough of them are counted, and none under way any more. */
export async function traffic(stage: Stage, least = 250): Promise<void> {
  await moveShare(stage, 100);
  await waitUntil(async () => (await requestsCounted(stage)) >= least);
  await moveShare(stage, 0);
  await waitUntil(async () => stage.sandbox.control.state().traffic.inFlight === 0);
}

async function requestsCounted({ sandbox }: Stage): Promise<number> {
  const page = await (await fetch(`${sandbox.url}/router/metrics`)).text();
  return Number(/^golive_request_duration_seconds_count\S* (\d+)$/m.exec(page)?.[1]);
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function rolledBack(stage: Stage): Promise<void> {
  const { activities, scope, key } = stage;
  const reason = 'a test';
  await activities.switchOn(scope, { key: key('kill-switch-on'), reason, within: LIMITS.haltToDeny });
  await activities.rollBackPolicies(scope, { previous: policy.previous, key: key('policy-rollback') });
}

export const CHECKS: readonly Check[] = [
  {
    name: 'probeCapabilities',
    items: ['P0'],
    operations: [
      'submitIntent',
      'listAuthorityKeys',
      'listPolicyPacks',
      'listAuditEvents',
      'verifyAuditChain',
      'listApiTokens',
      'listRoles',
      'listMembers',
      'getIdentityReadiness',
      'listAuditExports',
      'listIntents',
      'getEmergencyState',
      'getShare',
    ],
    lies: { 'broken-chain': 'fail', 'stale-audit': 'fail' },
    act: (activities, { scope, key }, generation) =>
      activities.probeCapabilities(scope, { rollout, limits: LIMITS, key: key('tenant-capabilities', generation) }),
  },
  {
    name: 'checkHealth',
    items: ['P1'],
    operations: ['getServiceHealth'],
    lies: BAD_HEALTH,
    act: (activities, { scope }) => activities.checkHealth(scope),
  },
  {
    name: 'checkPolicySet',
    items: ['P2a', 'P2b', 'P2c'],
    operations: ['listPolicyPacks', 'listPolicyVersions'],
    lies: { 'policy-drift': 'fail' },
    act: (activities, { scope }) => activities.checkPolicySet(scope, { policy }),
  },
  {
    name: 'checkReadiness',
    items: ['P3a', 'P3b', 'P3c', 'P3d', 'P3e'],
    operations: SUITE,
    lies: { ...BAD_HEALTH, ...BAD_AUDIT },
    act: (activities, { scope, key }, generation) =>
      activities.checkReadiness(scope, { limits: LIMITS, key: key('operational-readiness', generation) }),
  },
  {
    name: 'checkTokenSigning',
    items: ['P4'],
    operations: ['submitIntent', 'listAuthorityKeys'],
    lies: BAD_TOKENS,
    act: (activities, { scope, key }, generation) =>
      activities.checkTokenSigning(scope, { key: key('token-signing', generation) }),
  },
  {
    name: 'checkAuditPipeline',
    items: ['P5'],
    operations: ['submitIntent', 'listAuditEvents', 'verifyAuditChain'],
    lies: BAD_AUDIT,
    act: (activities, { scope, key }, generation) =>
      activities.checkAuditPipeline(scope, { limits: LIMITS, key: key('audit-pipeline', generation) }),
  },
  {
    name: 'rehearseKillSwitch',
    items: ['C1'],
    operations: ['getEmergencyState', 'applyEmergencyAction', 'submitIntent', 'listAuditEvents'],
    lies: { 'halt-lies': 'fail', 'stale-audit': 'fail' },
    act: (activities, { scope, key }, generation) =>
      activities.rehearseKillSwitch(scope, {
        key: key('kill-switch-drill', generation),
        within: LIMITS.haltToDeny,
      }),
    undo: ({ activities, scope, key }, generation) =>
      activities.releaseDrillHalt(scope, { key: key('kill-switch-drill', generation) }),
  },
  {
    name: 'rehearseRevocation',
    items: ['C2'],
    operations: ['listApiTokens', 'createApiToken', 'listPolicyPacks', 'applyEmergencyAction'],
    lies: {},
    act: (activities, { scope, key }, generation) =>
      activities.rehearseRevocation(scope, { key: key('token-revocation-drill', generation) }),
    undo: ({ activities, scope, key }, generation) =>
      activities.revokeDrillCredentials(scope, { key: key('token-revocation-drill', generation) }),
  },
  {
    name: 'checkProductionKeys',
    items: ['C4'],
    operations: ['listApiTokens'],
    lies: {},
    act: (activities, { scope }) => activities.checkProductionKeys(scope),
  },
  {
    name: 'checkKeyIsolation',
    items: ['C5'],
    operations: ['listApiTokens', 'listPolicyPacks', 'applyEmergencyAction'],
    lies: { 'stray-key': 'fail' },
    act: (activities, { scope }) => activities.checkKeyIsolation(scope),
  },
  {
    name: 'checkRoles',
    items: ['C6'],
    operations: ['listMembers', 'listRoles', 'getIdentityReadiness'],
    lies: {},
    act: (activities, { scope }) => activities.checkRoles(scope),
  },
  ...(
    [
      ['C7', 'health', ['getScrapeTargets'], { 'target-down': 'fail' }],
      ['C8', 'latency', [], {}],
      ['C9', 'errorRate', [], {}],
      ['C10', 'auditLag', [], {}],
    ] as const
  ).map(([item, alert, operations, lies]): Check => ({
    name: `checkMonitoring of ${alert}`,
    items: [item],
    operations: ['getAlertRules', 'getAlertmanagers', ...operations],
    lies: { ...BAD_MONITORING, ...lies },
    act: (activities, { scope }) => activities.checkMonitoring(scope, { alert }),
  })),
  {
    name: 'checkPreviousVersions',
    items: ['C11'],
    operations: ['listPolicyVersions'],
    lies: {},
    act: (activities, { scope }) => activities.checkPreviousVersions(scope, { policy }),
  },
  {
    name: 'rehearseRollback',
    items: ['C12'],
    operations: ['listAuditEvents', 'listPolicyPacks', 'listPolicyVersions', 'submitIntent', 'rollbackPolicy'],
    lies: { 'rollback-lies': 'fail' },
    act: (activities, { scope, key }, generation) =>
      activities.rehearseRollback(scope, { key: key('rollback-rehearsal', generation) }),
    undo: ({ activities, scope, key }, generation) =>
      activities.restoreStaging(scope, { key: key('rollback-rehearsal', generation) }),
  },
  {
    name: 'checkApprovers',
    items: ['C13'],
    operations: ['listMembers'],
    lies: {},
    act: (activities, { scope }) =>
      activities.checkApprovers(scope, { gate: gates['release-kill-switch'], requester: PLAN.requestedBy }),
  },
  {
    name: 'checkOnCall',
    items: ['I1'],
    operations: ['listMembers'],
    lies: {},
    act: (activities, { scope }) => activities.checkOnCall(scope, { owner: 'chi@acme.example' }),
  },
  {
    name: 'checkEverythingAgain',
    items: ['R4a'],
    operations: [...SUITE, 'listPolicyPacks', 'listPolicyVersions'],
    lies: { ...BAD_HEALTH, ...BAD_AUDIT, ...BAD_TOKENS, 'policy-drift': 'fail' },
    act: (activities, { scope, key }, generation) =>
      activities.checkEverythingAgain(scope, {
        limits: LIMITS,
        policy,
        key: key('post-launch-readiness', generation),
      }),
  },
  {
    name: 'reviewAudit',
    items: ['R4b'],
    operations: ['listAuditEvents', 'verifyAuditChain', 'getMetrics'],
    lies: BAD_AUDIT,
    before: mark,
    meanwhile: traffic,
    act: (activities, stage) => activities.reviewAudit(stage.scope, { marks: [markOf(stage)] }),
  },
  {
    name: 'compareDenials',
    items: ['R4c'],
    operations: ['listAuditEvents', 'listApiTokens'],
    lies: { 'stale-audit': 'inconclusive' },
    before: async (stage) => {
      await mark(stage);
      await traffic(stage);
      const sample = { since: markOf(stage), size: 5, seed: 'test' };
      baselines.set(stage, (await stage.activities.sampleDenials(stage.scope, sample)).baseline);
      await mark(stage);
    },
    meanwhile: (stage) => traffic(stage, 500),
    act: (activities, stage) =>
      activities.compareDenials(stage.scope, { since: markOf(stage), baseline: baselineOf(stage) }),
  },
  {
    name: 'verifyRollback',
    items: ['B3'],
    operations: [
      'listPolicyPacks',
      'listPolicyVersions',
      'getServiceHealth',
      'getShare',
      'getEmergencyState',
      'submitIntent',
    ],
    lies: { ...BAD_HEALTH, 'halt-lies': 'fail', 'policy-drift': 'fail' },
    before: rolledBack,
    act: (activities, { scope, key }, generation) =>
      activities.verifyRollback(scope, {
        previous: policy.previous,
        percent: rollout.safePercent,
        key: key('verify-rollback', generation),
      }),
  },
];

/** Calls that keep their own deadline of ten seconds, whoever is in a hurry. */
const PATIENT: Readonly<Record<string, readonly string[]>> = {
  checkKeyIsolation: ['listPolicyPacks', 'applyEmergencyAction'],
  rehearseRevocation: ['listPolicyPacks'],
};

export function isPatient({ name }: Check, operation: string): boolean {
  return (PATIENT[name] ?? []).includes(operation);
}

/** A healthy sandbox in which everything has happened that the check needs; with `lies`, only from before its last act on. */
export async function stageFor({ before, meanwhile }: Check, lies: readonly WorldFaultName[] = []): Promise<Stage> {
  const stage = await startStage({ rate: 1000 });
  await before?.(stage);
  for (const name of lies) stage.sandbox.control.arm({ kind: 'world', name });
  await meanwhile?.(stage);
  return stage;
}
