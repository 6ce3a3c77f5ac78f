import { planSchema, type Plan } from '../../../src/domain/plan-schema.ts';
import {
  proofOf,
  rowOf,
  STEPS,
  type ControlId,
  type GateId,
  type ShiftId,
  type StepId,
  type WindowId,
} from '../../../src/domain/plan.ts';
import type { Trust } from '../../../src/domain/desk.ts';
import type { Outcome } from '../../../src/domain/run.ts';
import type { Digest } from '../../../src/domain/verdict.ts';
import { alphaOfWindow } from '../../../src/metrics/budget.ts';
import { beginWatched, judgeWatched, watch } from '../../../src/metrics/watched.ts';
import { seededRandom, type Random } from '../../../src/sandbox/router/random.ts';
import { readExamplePlan, rehearsalPlan } from '../../../src/cli/rehearsal-plan.ts';
import { Draft } from './draft.ts';
import { GOLIVE, KEY_SET, say } from './people.ts';
import { Counters, looksAt, recorded, type Sampling } from './traffic.ts';

/** What kind of run is told. */
export interface Telling {
  readonly seed: string;
  readonly outcome: Outcome;
  readonly trust: Trust;
  /** How many times faster than the real clock; 1 takes 29 hours. */
  readonly speed: number;
  /** What is wrong with one window. */
  readonly window?: { readonly step: WindowId | ShiftId; readonly sampling: Exclude<Sampling, 'good'> };
  /** What people write, in place of something harmless. */
  readonly reason?: string;
}

const BEGIN = Date.UTC(2026, 10, 22, 8);
const MINUTE = 60_000;
const ATTESTORS = ['ben@acme.example', 'chi@acme.example', 'dee@acme.example'] as const;

/** Tells a whole run, as the workflow would have recorded it, without running it. */
export function tell(telling: Telling): Draft {
  return new Teller(telling).run();
}

function planFor({ speed }: Telling): Record<string, unknown> {
  const example = readExamplePlan(new URL('../../..', import.meta.url).pathname);
  return { ...rehearsalPlan(example, { speed, byHand: false }), ...(speed === 1 ? { limits: example.limits } : {}) };
}

class Teller {
  readonly #telling: Telling;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #draft: Draft;
  readonly #counters: Counters;
  #ordinal = 0;

  constructor(telling: Telling) {
    const plan = planFor(telling);
    this.#telling = telling;
    this.#random = seededRandom(telling.seed);
    this.#plan = planSchema.parse(plan);
    this.#draft = new Draft(plan, BEGIN, telling.speed > 1);
    this.#counters = new Counters(this.#random);
  }

  run(): Draft {
    const draft = this.#draft;
    const { outcome, trust } = this.#telling;
    draft.outcome = outcome;
    draft.keySet = KEY_SET;
    const { release, requestedBy } = this.#plan;
    draft.record('admitted', {
      golive: GOLIVE,
      plan: draft.planDigest,
      release,
      requestedBy,
      trust,
      rehearsal: draft.rehearsal,
    });
    for (const phase of ['preflight', 'controls', 'incident-readiness']) this.#findings(phase);
    if (outcome === 'rejected') this.#rejected();
    else this.#traffic();
    this.#start('archive-evidence');
    draft.record('ended', { outcome });
    return draft;
  }

  #findings(phase: string): void {
    const ids = STEPS.filter((row) => row.phase === phase).map(({ id }) => id);
    const [first, ...others] = ids;
    const sideBySide = phase === 'preflight' ? [[first as StepId], others] : [ids];
    for (const stage of sideBySide) {
      for (const id of stage) this.#start(id);
      for (const id of stage) this.#find(id);
    }
  }

  #traffic(): void {
    const { rollout } = this.#plan;
    this.#gate('begin-traffic', ATTESTORS.slice(0, 2));
    this.#start('low-traffic');
    this.#wait(1);
    this.#settle(
      'low-traffic',
      `0 % to ${rollout.lowTraffic.percent} %, read back`,
      this.#moved(0, rollout.lowTraffic.percent),
    );
    this.#start('steady-state');
    this.#window('steady-state', rollout.lowTraffic);
    if (this.#telling.outcome !== 'live') return this.#back();
    this.#review();
    this.#gate('increase-traffic', ATTESTORS.slice(1, 2));
    const [quarter, half, all] = rollout.ramp;
    for (const [id, stage] of [
      ['ramp-25', quarter],
      ['ramp-50', half],
      ['ramp-100', all],
    ] as const) {
      this.#start(id);
      this.#wait(1);
      this.#window(id, stage);
    }
    this.#start('post-launch-watch');
    this.#window('post-launch-watch', { percent: 100, hold: rollout.postLaunch });
    for (const id of ['post-launch-readiness', 'audit-review', 'deny-patterns'] as const) {
      this.#start(id);
      this.#find(id);
    }
  }

  #rejected(): void {
    const by = 'dee@acme.example';
    const reason = this.#telling.reason ?? 'marketing mail goes out at noon';
    const opening = this.#open('begin-traffic');
    this.#say('reject', by, { ...opening, reason }, 'the gate begin-traffic is rejected');
    const why = `${by} rejected begin-traffic: ${reason}`;
    this.#draft.record('step-settled', {
      ...settled('begin-traffic', why),
      status: 'failed',
      verdict: 'fail',
      reasons: [why],
    });
    this.#draft.record('stopped', { outcome: 'rejected', why, by: null });
  }

  #back(): void {
    const { outcome } = this.#telling;
    const why =
      outcome === 'canceled'
        ? 'canceled in Temporal'
        : `aborted: ${this.#telling.reason ?? 'customers report denials'}`;
    if (outcome !== 'canceled')
      this.#say(
        'abort',
        'chi@acme.example',
        { reason: why.slice('aborted: '.length) },
        'aborted: the platform is being made safe',
      );
    const by = outcome === 'canceled' ? null : 'chi@acme.example';
    this.#draft.record('stopped', { outcome: outcome === 'destroyed' ? 'rolled-back' : outcome, why, by });
    if (outcome === 'destroyed') this.#takenOver();
    for (const id of ['kill-switch-on', 'traffic-to-safe'] as const) this.#start(id);
    this.#settle(
      'kill-switch-on',
      'on, a probe was denied after 2 s',
      this.#draft.keep({ halted: true, at: this.#draft.now }),
    );
    this.#settle('traffic-to-safe', '5 % to 0 %, read back', this.#moved(5, 0));
    for (const id of ['policy-rollback', 'verify-rollback'] as const) {
      this.#start(id);
      this.#wait(3);
      this.#settle(id, 'previous versions active', this.#draft.keep({ id, previous: this.#plan.policy.previous }));
    }
    this.#gate('release-kill-switch', ATTESTORS.slice(0, 2));
    this.#start('kill-switch-off');
    this.#settle(
      'kill-switch-off',
      'off, probes behave as under the previous policy versions',
      this.#draft.keep({ halted: false }),
    );
  }

  /** Whoever takes over stops what was stopped already: it cannot know. */
  #takenOver(): void {
    const why = 'it was terminated';
    this.#draft.record('taken-over', { golive: GOLIVE, why });
    this.#draft.record('stopped', { outcome: 'destroyed', why, by: null });
  }

  #gate(id: GateId, people: readonly string[]): void {
    const opening = this.#open(id);
    for (const by of people) {
      this.#wait(4);
      this.#say('approve', by, { ...opening, reason: this.#telling.reason ?? 'checked the report' }, 'counted');
    }
    this.#draft.record('step-settled', settled(id, `approved by ${people.join(' and ')}`));
  }

  #open(gate: GateId): { readonly gate: GateId; readonly nonce: string; readonly shown: Digest } {
    this.#start(gate);
    const { approvals: need, from, within } = this.#plan.gates[gate];
    const { people = [], groups = [] } = from;
    const since = this.#draft.entries.findLastIndex(({ kind }) => kind === 'taken-over') + 1;
    const found = this.#draft.entries.slice(since).flatMap(({ kind, body }) => (kind === 'step-settled' ? [body] : []));
    const steps = found.map((body) => {
      const {
        step: stepId,
        verdict,
        summary,
        evidence,
      } = body as { step: StepId; verdict: string; summary: string; evidence: Digest | null };
      return { id: stepId, title: rowOf(stepId).title, verdict, summary, evidence };
    });
    const shown = this.#draft.keep({ gate, steps });
    const nonce = `${gate}-${Math.floor(this.#random() * 1e9)}`;
    const until = new Date(this.#draft.now + this.#scaled(within)).toISOString();
    this.#draft.record('gate-opened', { gate, nonce, shown, need, people, groups, until });
    return { gate, nonce, shown };
  }

  #find(id: StepId): void {
    this.#wait(0.2);
    const control = STEPS.find((row) => row.id === id)?.kind === 'control' ? (id as ControlId) : undefined;
    const proof = control === undefined ? 'facts' : proofOf(control);
    const evidence = proof === 'word' ? null : this.#draft.keep({ step: id, healthy: 5, at: this.#draft.now });
    const subject = proof === 'both' ? this.#draft.keep({ vouchedFor: id }) : null;
    const summary = proof === 'word' ? 'as somebody knows' : '5 of 5 services healthy';
    if (control === undefined || proof === 'facts' || proof === 'rest') return this.#settle(id, summary, evidence);
    const by = this.#plan.controls[control]?.owner ?? ATTESTORS[0];
    const facts = subject ?? evidence;
    const statement = this.#telling.reason ?? 'checked it today';
    this.#say('attest', by, { control, statement, ...(facts === null ? {} : { facts }) }, `attested ${id}`);
    this.#settle(id, `${summary}; attested by ${by}`, evidence, subject);
  }

  #review(): void {
    this.#start('deny-review');
    const ids = ['evt_1', 'evt_2', 'evt_3'];
    const sample = this.#draft.keep({ items: ids.map((id) => ({ id })), at: this.#draft.now });
    const verdicts = ids.map((id) => ({ id, correct: true }));
    this.#wait(6);
    this.#say('review', 'dee@acme.example', { sample, verdicts }, 'reviewed 3 of 3');
    this.#settle('deny-review', '3 of 20 denials reviewed, all correct', null);
  }

  #window(step: WindowId | ShiftId, { percent, hold }: { percent: number; hold: number }): void {
    const sampling: Sampling = this.#telling.window?.step === step ? this.#telling.window.sampling : 'good';
    const length = this.#scaled(hold);
    const sampleEvery = Math.max(this.#telling.speed > 1 ? 250 : 1000, this.#scaled(this.#plan.rollout.sampleEvery));
    const from = this.#draft.now;
    const until = from + length;
    const requestsPerLook = Math.ceil(percent * (this.#telling.speed > 1 ? 2 : 1)) + 60;
    const looks = looksAt(this.#counters, { from, until, every: sampleEvery, percent, requestsPerLook, sampling });
    const samples = recorded(looks, (chunk) => this.#draft.keepChunk(chunk));
    this.#ordinal += 1;
    const { limits } = this.#plan;
    const request = { purpose: 'soak', from, until, length, percent, limits, sampleEvery, ordinal: this.#ordinal };
    let watched = beginWatched(from, sampleEvery);
    for (const { snapshot, share } of looks)
      if (snapshot !== null) watched = watch(watched, snapshot, limits, share === percent).watched;
    const alpha = alphaOfWindow(this.#ordinal);
    const judged = judgeWatched(watched, { length, now: until, limits, alpha, percent });
    if (sampling === 'good' && judged.verdict !== 'pass') throw new Error(`${step}: ${judged.reasons.join('; ')}`);
    const facts = {
      request,
      totals: watched.piece.totals,
      observed: length,
      gaps: [],
      share: { named: percent },
      samples,
      lostSamples: 0,
    };
    this.#draft.now = until;
    this.#settle(
      step,
      judged.verdict === 'pass' ? judged.summary : 'as if nothing had been wrong',
      this.#draft.keep(facts),
    );
  }

  #say(
    name: 'approve' | 'reject' | 'attest' | 'review' | 'abort',
    by: string,
    body: Record<string, unknown>,
    text: string,
  ): void {
    say(this.#draft, { name, by, body, text, isSigned: this.#telling.trust === 'signed' && name !== 'abort' });
  }

  #start(step: StepId): void {
    this.#draft.record('step-started', { step, title: rowOf(step).title });
  }

  #settle(step: StepId, summary: string, evidence: Digest | null, subject: Digest | null = null): void {
    this.#draft.record('step-settled', { ...settled(step, summary), evidence, subject });
  }

  #moved(from: number, to: number): Digest {
    return this.#draft.keep({ before: { percent: from }, after: { percent: to }, at: this.#draft.now });
  }

  #wait(minutes: number): void {
    this.#draft.now += this.#scaled(minutes * MINUTE * (0.5 + this.#random()));
  }

  #scaled(milliseconds: number): number {
    return Math.max(1, Math.round(milliseconds / this.#telling.speed));
  }
}

function settled(step: StepId, summary: string) {
  return {
    step,
    status: 'passed' as const,
    verdict: 'pass' as const,
    summary,
    reasons: [] as readonly string[],
    evidence: null as Digest | null,
    subject: null as Digest | null,
  };
}
