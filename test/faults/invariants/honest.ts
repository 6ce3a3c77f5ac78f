import type { JournalBodies, JournalEntry, JournalKind } from '../../../src/domain/journal.ts';
import type { GateId, StepId } from '../../../src/domain/plan.ts';
import { planSchema } from '../../../src/domain/plan-schema.ts';
import type { Progress } from '../../../src/domain/run.ts';
import { passed, type Digest } from '../../../src/domain/verdict.ts';
import type { Change, Effect } from '../../../src/sandbox/ledger.ts';
import { contractJson, examplePlan } from '../../support/plans.ts';
import type { HistoryFact, Told } from '../history.ts';
import type { RunRecord } from '../record.ts';

export const PLAN = planSchema.parse(examplePlan());
export const PLAN_DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
export const MANIFEST: Digest = `sha256:${'e'.repeat(64)}`;
const SHOWN: Digest = `sha256:${'5'.repeat(64)}`;
export const KEYS = 'golive:2026-11-22.1:c0ffee000000:';
const BEGAN = Date.parse('2026-11-22T08:00:00Z');
const SECOND = 1_000;

/** Writes the three ledgers of a run as it should be, an event a second. */
class Ledgers {
  readonly history: HistoryFact[] = [];
  readonly journal: JournalEntry[] = [];
  readonly effects: Effect[] = [];
  readonly facts = new Map<Digest, unknown>();
  #now = BEGAN;

  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  tell(told: Told): number {
    this.pass(SECOND);
    const id = this.history.length + 1;
    this.history.push({ id, at: this.#now, ...told });
    return id;
  }

  note<Kind extends JournalKind>(kind: Kind, body: JournalBodies[Kind]): void {
    this.pass(SECOND);
    const at = new Date(this.#now).toISOString();
    this.journal.push({ sequence: this.journal.length + 1, at, kind, body });
  }

  change(change: Change, reason: string | null): void {
    const sequence = this.effects.length + 1;
    const at = new Date(this.#now).toISOString();
    this.effects.push({ sequence, at, tenant: PLAN.tenant, actor: 'golive', reason, ...change });
  }

  /** A call that is done at its first attempt, with what it changes in between. */
  call(activity: string, words: object, result: unknown, changes: () => void = () => undefined): void {
    const scheduled = this.tell({ what: 'scheduled', activity, args: [{}, words] });
    this.tell({ what: 'started', scheduled, attempt: 1 });
    changes();
    this.tell({ what: 'completed', scheduled, result });
  }

  say(name: 'approve' | 'abort', by: string, said: object): void {
    this.tell({ what: 'message', name, body: said });
    this.note('message', { name, by, counted: true, text: 'counted', said, decision: null, refused: 0 });
  }

  /** A step that passes by what `within` answers, where that is evidence. */
  step(step: StepId, within: () => Digest | void): void {
    this.note('step-started', { step, title: step });
    const evidence = within() ?? null;
    const settled = {
      status: 'passed',
      verdict: 'pass',
      summary: 'as it should be',
      reasons: [],
      subject: null,
    } as const;
    this.note('step-settled', { step, evidence, ...settled });
  }

  gate(gate: GateId, nonce: string, people: readonly string[]): void {
    this.step(gate, () => {
      const asked = { need: PLAN.gates[gate].approvals, people, groups: [], until: new Date(this.#now).toISOString() };
      this.note('gate-opened', { gate, nonce, shown: SHOWN, ...asked });
      for (const by of people) this.say('approve', by, { gate, by, plan: PLAN_DIGEST });
    });
  }

  shift(step: StepId, from: number, to: number): void {
    const key = `${KEYS}${step}:1`;
    this.call('shiftTraffic', { from, to, key, approvedBy: [] }, passed('moved'), () =>
      this.change({ what: 'share', from, to, version: `v${to}` }, null),
    );
  }

  soak(percent: number, length: number, digits: string): Digest {
    const evidence: Digest = `sha256:${digits.repeat(64)}`;
    const request = { length, sampleEvery: 10 * SECOND, percent };
    this.facts.set(evidence, { request, totals: { requests: 5_000, errors: 3 }, observed: length });
    this.call('watchWindow', { purpose: 'soak', ...request }, { finding: { ...passed('calm'), evidence } }, () =>
      this.pass(length),
    );
    return evidence;
  }
}

/** A run that was stopped at a quarter of the traffic and rolled back, without a flaw. */
export function honestRecord(): RunRecord {
  const ledgers = new Ledgers();
  goForward(ledgers);
  ledgers.say('abort', 'chi@acme.example', { by: 'chi@acme.example', reason: 'customers report denials' });
  goBack(ledgers);
  ledgers.call('archiveEvidence', {}, { path: 'here', manifest: MANIFEST });
  ledgers.tell({ what: 'ended', how: 'failed', type: 'RolledBack' });
  const { history, journal, effects, facts } = ledgers;
  const head = { sequence: journal.length, digest: MANIFEST };
  return {
    plan: PLAN,
    keys: KEYS,
    effects,
    history,
    journal,
    chain: { ok: true, head },
    bundle: {
      ok: true,
      golive: 'run',
      outcome: 'rolled-back',
      rehearsal: false,
      manifest: MANIFEST,
      files: 9,
      journal: head,
    },
    facts,
    // The contract's own example, whose places test/domain/progress.test.ts holds against what a run answers.
    progress: { ...(contractJson('progress.example.json') as unknown as Progress), state: 'rolled-back' },
    standing: { percent: 0, halted: false, versions: PLAN.policy.previous },
    secrets: new Map([['intended-api-key', 'mrt_live_0a1b_canary']]),
    written: new Map([['workers', 'worker ready']]),
  };
}

function goForward(ledgers: Ledgers): void {
  const { rollout, requestedBy } = PLAN;
  const [quarter] = rollout.ramp;
  const admitted = { golive: 'run', release: PLAN.release, requestedBy, trust: 'namespace', rehearsal: false };
  ledgers.call('admitPlan', {}, {});
  ledgers.note('admitted', { plan: PLAN_DIGEST, ...admitted });
  ledgers.gate('begin-traffic', 'n1', ['ben@acme.example', 'chi@acme.example']);
  ledgers.step('low-traffic', () => ledgers.shift('low-traffic', 0, 5));
  ledgers.step('steady-state', () => ledgers.soak(5, rollout.lowTraffic.hold, '1'));
  ledgers.gate('increase-traffic', 'n2', ['ben@acme.example']);
  ledgers.step('ramp-25', () => {
    ledgers.shift('ramp-25', 5, 25);
    return ledgers.soak(25, quarter.hold, '2');
  });
}

function goBack(ledgers: Ledgers): void {
  const { tenant, policy } = PLAN;
  ledgers.note('stopped', { outcome: 'rolled-back', why: 'customers report denials', by: 'chi@acme.example' });
  ledgers.call('switchOn', { key: `${KEYS}kill-switch-on:1` }, passed('on'), () =>
    ledgers.change(
      { what: 'emergency', action: 'tenant_halt', target: null },
      `${KEYS}kill-switch-on:1 go-live rollback`,
    ),
  );
  ledgers.call('trafficToSafe', { percent: 0, key: `${KEYS}traffic-to-safe:1` }, passed('safe'), () =>
    ledgers.change({ what: 'share', from: 25, to: 0, version: 'v9' }, null),
  );
  ledgers.call('rollBackPolicies', { key: `${KEYS}policy-rollback:1` }, passed('back'), () => {
    for (const [pack, to] of Object.entries(policy.previous)) {
      const from = policy.active[pack] ?? '';
      ledgers.change({ what: 'rollback', pack, from, to }, `${KEYS}policy-rollback:1`);
    }
  });
  ledgers.call('verifyRollback', { tenant, key: `${KEYS}verify-rollback:1` }, passed('verified'));
  ledgers.gate('release-kill-switch', 'n3', ['ben@acme.example', 'dee@acme.example']);
  ledgers.call('switchOff', { key: `${KEYS}kill-switch-off:1` }, passed('off'), () =>
    ledgers.change({ what: 'emergency', action: 'tenant_resume', target: null }, `${KEYS}kill-switch-off:1 released`),
  );
  ledgers.note('ended', { outcome: 'rolled-back' });
}
