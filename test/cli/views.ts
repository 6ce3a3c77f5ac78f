import { planSchema } from '../../src/domain/plan-schema.ts';
import { rowOf, type StepId } from '../../src/domain/plan.ts';
import type { Progress, StepRecord, Waiting } from '../../src/domain/run.ts';
import { readExamplePlan, rehearsalPlan } from '../../src/cli/rehearsal-plan.ts';
import type { Figures, View } from '../../src/cli/screen/view.ts';
import { ROOT } from './compiled.ts';

const GOLIVE = 'golive/tenant_acme_prod/production';
const PLAN = 'sha256:ea1e884907e97218937000b53347b1c0c5dd6f7ee7a8433eb0e0317769ca363d';
const START = Date.parse('2026-11-22T10:00:00Z');

/** An ISO time that many seconds after the run of these tests has begun. */
export function second(after: number): string {
  return new Date(START + after * 1000).toISOString();
}

const LIMITS = planSchema.parse(rehearsalPlan(readExamplePlan(ROOT), { speed: 1440, byHand: false })).limits;

export function step(id: StepId, patch: Partial<StepRecord> = {}): StepRecord {
  const { phase, title, runbook } = rowOf(id);
  return {
    id,
    phase,
    title,
    runbook,
    status: 'passed',
    verdict: 'pass',
    reasons: [],
    summary: 'as it should be',
    startedAt: second(0),
    endedAt: second(1),
    deadline: null,
    evidence: null,
    subject: null,
    ...patch,
  };
}

export function approval(patch: Partial<Waiting> = {}): Waiting {
  return {
    kind: 'approval',
    what: 'begin-traffic',
    gate: 'begin-traffic',
    nonce: 'n1',
    have: 0,
    need: 2,
    how: '',
    from: ['ben@acme.example', 'chi@acme.example', 'dee@acme.example'],
    until: second(180),
    ...patch,
  };
}

export function waitingFor(kind: 'recheck' | 'hands', what: StepId, patch: Partial<Waiting> = {}): Waiting {
  const until = kind === 'recheck' ? second(180) : null;
  return { kind, what, have: 0, need: 1, from: ['anybody'], until, how: '', ...patch };
}

/** A hold by golive itself, as the run words it. */
export function hold(patch: Partial<Waiting> = {}): Waiting {
  const about = ['the share was moved to 40 % by somebody else'];
  return {
    kind: 'resume',
    what: 'held by golive',
    about,
    have: 0,
    need: 1,
    from: [],
    until: second(180),
    how: '',
    ...patch,
  };
}

export function attestation(what: StepId, owner: string, facts?: `sha256:${string}`): Waiting {
  const open = { have: 0, need: 1, from: [owner], until: second(180), how: '' };
  return { kind: 'attestation', what, ...open, ...(facts === undefined ? {} : { facts }) };
}

export function progress(patch: Partial<Progress> = {}): Progress {
  return {
    version: 1,
    golive: GOLIVE,
    tenant: 'tenant_acme_prod',
    environment: 'production',
    release: '2026-11-22.1',
    rehearsal: true,
    trust: 'namespace',
    plan: PLAN,
    state: 'checking',
    phase: 'preflight',
    step: null,
    traffic: { percent: null, confirmed: false },
    killSwitch: 'unknown',
    waitingFor: [],
    steps: [],
    messages: { accepted: 0, refusedInAll: 0, refused: [] },
    notifications: { failed: 0, lastProblem: null },
    ending: null,
    evidence: null,
    ...patch,
  };
}

export function figures(patch: Partial<Figures> = {}): Figures {
  return {
    at: START + 41_000,
    requests: 4312,
    errorShare: 0.0002,
    allowShare: 0.918,
    p50: 4,
    p95: 9.5,
    p99: 22,
    problem: null,
    ...patch,
  };
}

/** The run 42 seconds after its start. */
export function view(patch: Partial<View> = {}): View {
  return {
    now: START + 42_000,
    startedAt: START,
    speed: 1440,
    limits: LIMITS,
    figures: null,
    events: [],
    uiUrl: 'http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction',
    progress: progress(),
    ...patch,
  };
}
