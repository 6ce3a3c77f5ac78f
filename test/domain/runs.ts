import { EMPTY_DESK, type Ask, type Desk, type GateAsk } from '../../src/domain/desk.ts';
import { proofOf, rowOf, type ControlId, type StepId } from '../../src/domain/plan.ts';
import type { RunFacts } from '../../src/domain/progress.ts';
import type { StepRecord } from '../../src/domain/run.ts';
import { ANA, BEN, CHI, DEE } from './people.ts';

const START = Date.parse('2026-11-22T10:00:00Z');
const HOUR = 3_600_000;

/** Milliseconds and ISO time of so many hours after the run has begun. */
export const hours = (after: number): number => START + after * HOUR;
export const clock = (after: number): string => new Date(hours(after)).toISOString();

export const PLAN = `sha256:${'5'.repeat(64)}` as const;
export const FACTS = `sha256:${'f'.repeat(64)}` as const;
export const SAMPLE = `sha256:${'7'.repeat(64)}` as const;
const MANIFEST = `sha256:${'e'.repeat(64)}` as const;

export function record(id: StepId, patch: Partial<StepRecord> = {}): StepRecord {
  const { phase, title, runbook } = rowOf(id);
  return {
    id,
    phase,
    title,
    runbook,
    status: 'passed',
    verdict: 'pass',
    reasons: [],
    startedAt: clock(0),
    endedAt: clock(1),
    deadline: null,
    summary: 'as it should be',
    evidence: FACTS,
    subject: null,
    ...patch,
  };
}

/** A step that is under way. */
export const running = (id: StepId): StepRecord =>
  record(id, { status: 'running', verdict: null, endedAt: null, deadline: clock(72), summary: '', evidence: null });

/** A step that did not pass and waits. */
export const blocked = (id: StepId, ...reasons: string[]): StepRecord =>
  record(id, { status: 'blocked', verdict: 'fail', reasons, endedAt: null, summary: reasons[0] ?? '' });

export const approval: GateAsk = {
  kind: 'approval',
  gate: 'begin-traffic',
  nonce: 'b1c6',
  shown: null,
  need: 2,
  people: [BEN, CHI, DEE],
  groups: [],
  until: hours(72),
  validFor: hours(12) - hours(0),
  approvals: [{ by: BEN, at: hours(1), reason: 'looks good', decision: null }],
  rejection: null,
};

const ABOUT: Readonly<Partial<Record<ControlId, readonly string[]>>> = {
  'role-review': ['4 members, 2 of them administrators', 'whether each of them needs it'],
};

export const release: GateAsk = {
  ...approval,
  gate: 'release-kill-switch',
  nonce: 'c2d7',
  shown: FACTS,
  people: [],
  groups: ['platform-oncall', 'security'],
  approvals: [],
};

export const attestationOf = (control: ControlId, owner: string | null): Ask => ({
  kind: 'attestation',
  control,
  owner,
  facts: proofOf(control) === 'both' ? FACTS : null,
  about: ABOUT[control] ?? [],
  until: hours(72),
  given: null,
});

export const review: Ask = {
  kind: 'review',
  sample: SAMPLE,
  ids: ['evt_01', 'evt_02'],
  shown: [
    {
      id: 'evt_01',
      at: clock(1),
      actor: 'agent-refunds-007',
      policy: 'payments-guardrails/payments',
      reason: 'NOT_COMPLIANT',
    },
    { id: 'evt_02', at: clock(2), actor: 'agent-payouts-014', policy: null, reason: 'NO_MATCHING_POLICY' },
  ],
  wanted: 20,
  available: 2,
  reviewers: [DEE],
  until: hours(4),
  verdicts: [{ id: 'evt_01', correct: true, note: null, by: DEE, decision: null }],
};

export const recheck: Ask = { kind: 'recheck', step: 'audit-pipeline', until: hours(72), asked: null };

export const hands: Ask = { kind: 'hands', step: 'policy-rollback', problem: 'the platform refused', asked: null };

export const hold = { by: ANA, at: hours(2), reason: "waiting for the vendor's call", decision: null };

export const ending = {
  outcome: 'rolled-back',
  why: 'p99 is certainly above 400 ms',
  by: null,
  at: clock(2),
} as const;

export const evidence = { path: 'tenant_acme_prod/production/2026-11-22.1-3b1d1d2c4a55', manifest: MANIFEST };

export const deskOf = (asks: readonly Ask[], patch: Partial<Desk> = {}): Desk => ({
  ...EMPTY_DESK,
  plan: PLAN,
  requester: ANA,
  asks,
  ...patch,
});

/** A run of the example plan that is at its first check, with what a test wants otherwise. */
export function runOf(patch: Partial<RunFacts> = {}): RunFacts {
  return {
    golive: 'golive/tenant_acme_prod/production',
    tenant: 'tenant_acme_prod',
    environment: 'production',
    release: '2026-11-22.1',
    rehearsal: false,
    trust: 'namespace',
    plan: PLAN,
    phase: 'preflight',
    steps: [running('tenant-capabilities')],
    traffic: { percent: 0, confirmed: true },
    killSwitch: 'off',
    notifications: { failed: 0, lastProblem: null },
    ending: null,
    outcome: null,
    evidence: null,
    desk: deskOf([]),
    heldUntil: null,
    ...patch,
  };
}
