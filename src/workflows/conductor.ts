import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Admission, AuditMark, Scope } from '../activities/index.ts';
import { evidenceFolder } from '../domain/ids.ts';
import {
  proofOf,
  type AttestedControlId,
  type CheckId,
  type FactualControlId,
  type GateId,
  type Phase,
  type ReviewId,
  type ShiftId,
  type StepId,
  type WindowId,
} from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import { progressOf } from '../domain/progress.ts';
import type { Outcome, SealedEvidence } from '../domain/run.ts';
import { passed, type Finding } from '../domain/verdict.ts';
import { changing, measuring, recording } from './calls.ts';
import { Freshness } from './freshness.ts';
import { Patience, type Act } from './patience.ts';
import { People } from './people.ts';
import type { Run } from './run.ts';
import { undoBy, type Undo } from './undo.ts';
import { Watch } from './watch.ts';

/** What a control came to: the end of its word, where somebody gave one and gave it an end. */
interface Vouched {
  readonly expires: number | null;
}

/**
 * The verbs of the story: what makes a check, a control, a gate, a shift of traffic or a window durable, visible and
 * safe. Nothing here knows the order of the runbook; nothing in the runbook knows how this is done.
 */
export class Conductor {
  readonly plan: Plan;
  readonly scope: Scope;
  /** Milliseconds of the plan's clock. */
  readonly longestTokenLife: number;
  readonly patience: Patience;
  readonly people: People;
  readonly #run: Run;
  readonly #request: unknown;
  readonly #watch: Watch;
  readonly #freshness = new Freshness();

  constructor(run: Run, request: unknown, { plan, longestTokenLife }: Admission) {
    const { tenant, environment, profile, release } = plan;
    const folder = evidenceFolder(tenant, environment, release, workflowInfo().firstExecutionRunId);
    this.#run = run;
    this.#request = request;
    this.plan = plan;
    this.scope = { profile, tenant, environment, folder };
    this.longestTokenLife = longestTokenLife;
    // Whoever mends something and asks for a recheck wants all of it to be so now, not only what did not pass.
    this.patience = new Patience(run, plan, () => this.#renewStale());
    this.people = new People(run, this.patience, plan);
    this.#watch = new Watch(run, this.patience, plan, this.scope);
  }

  enter(phase: Phase): void {
    this.#run.change({ phase });
  }

  /** A check passes, or the run is blocked until somebody has it repeated and it passes. */
  async check(id: CheckId, measure: Act): Promise<void> {
    this.#run.begin(id);
    this.#run.settle(id, 'passed', await this.patience.untilPassed(id, measure));
    this.#holds(id, this.plan.freshness.facts, () => this.check(id, measure));
  }

  /** A control that facts prove, with a person's word where the table asks for one. */
  async control(id: FactualControlId, measure: Act): Promise<void> {
    this.#run.begin(id);
    const vouched = await this.#vouchedFor(id, await this.patience.untilPassed(id, measure));
    this.#holds(id, this.plan.freshness.facts, () => this.control(id, measure), vouched);
  }

  /** A control that rests on a person's word alone. */
  async attestation(id: AttestedControlId): Promise<void> {
    this.#run.begin(id);
    const { by, expires } = await this.people.wordOn(id, null);
    this.#run.settle(id, 'passed', passed(`attested by ${by}`));
    this.#holds(id, Infinity, () => this.attestation(id), { expires });
  }

  /** A control that is proven by changing something and taking it back. The undo is registered before the change. */
  async drill(id: FactualControlId, drill: { readonly do: Act; readonly undo: Act }): Promise<void> {
    this.#run.begin(id);
    this.#run.register(id, undoBy(drill.undo));
    const facts = await this.patience.untilPassed(id, drill.do, drill.undo);
    this.#run.discharge(id);
    const vouched = await this.#vouchedFor(id, facts);
    this.#holds(id, this.plan.freshness.drills, () => this.drill(id, drill), vouched);
  }

  /**
   * People approve or reject. A rejection or a deadline that passes stops the run. Before traffic they decide on what is
   * so now: what has gone stale is measured again before they are asked, and once more after they took their time.
   */
  async gate(id: GateId): Promise<void> {
    await this.#allFresh();
    const answer = await this.people.approval(id);
    if (answer.verdict !== 'pass') throw this.#run.stop(answer.summary, null);
    await this.#allFresh();
  }

  /**
   * Moves the traffic and, with a hold, watches it at the new share. With `ready` it is measured right before that what
   * people approved is still so: they may have taken days.
   */
  async shift(
    id: ShiftId,
    { percent, hold, undo, ready }: { percent: number; hold?: number; undo: Undo; ready?: Act },
  ): Promise<void> {
    this.#run.begin(id);
    await this.#unheld(id);
    await this.#watch.seeing();
    if (ready !== undefined) await this.patience.untilPassed(id, ready);
    this.#run.register(id, undo);
    const from = this.#percent;
    this.#run.change({ traffic: { percent, confirmed: false } });
    const calls = changing(`Traffic to ${percent} %`);
    const moved = await this.patience.measured(() =>
      calls.shiftTraffic(this.scope, { from, to: percent, key: this.patience.key(id) }),
    );
    if (moved.verdict !== 'pass') {
      this.#run.settle(id, 'failed', moved);
      throw this.#run.stop(`traffic did not move to ${percent} %: ${moved.reasons.join('; ')}`, null);
    }
    this.#run.change({ traffic: { percent, confirmed: true } });
    const finding = hold === undefined ? moved : await this.#watch.soak(id, hold, percent);
    this.#watch.stand(percent);
    this.#run.settle(id, 'passed', finding);
  }

  /** Watches the traffic where it is, for as long as the plan says. */
  async window(id: WindowId, length: number): Promise<void> {
    this.#run.begin(id);
    const percent = this.#percent;
    const finding = await this.#watch.soak(id, length, percent);
    this.#watch.stand(percent);
    this.#run.settle(id, 'passed', finding);
  }

  /** Remembers where the audit log stands, for what is compared with it later. */
  async markAudit(): Promise<AuditMark> {
    return this.#run.doing(changing('Remember where the audit log stands').markAudit(this.scope));
  }

  /**
   * People review a sample of real denials drawn since `since`. An incorrect one, or none to look at, blocks.
   * Answers the deny patterns seen, which those of the day after launch are compared with.
   */
  async review(id: ReviewId, since: AuditMark): Promise<readonly string[]> {
    this.#run.begin(id);
    const { sample: size, seed } = this.plan.denyReview;
    for (;;) {
      const draw = { since, size, seed: `${seed}/${this.patience.generation(id)}` };
      const drawn = await this.patience.answered(() =>
        measuring('Draw a sample of denials').sampleDenials(this.scope, draw),
      );
      const finding = drawn.ok ? await this.people.judgement(id, drawn.value) : drawn.finding;
      if (drawn.ok && finding.verdict === 'pass') {
        this.#run.settle(id, 'passed', finding);
        return drawn.value.patterns;
      }
      await this.patience.blocked(id, finding);
    }
  }

  /**
   * Seals the evidence. A run that cannot prove what happened stays open. With the seal the outcome is decided, so
   * nothing may interrupt it any more.
   */
  async archive(outcome: Outcome): Promise<SealedEvidence> {
    // While the store cannot be written the watch goes on and people can still stop the run.
    await this.patience.pagingUntilDone('archive-evidence', () => this.#run.journalDrained());
    const seal = () => this.patience.pagingUntilDone('archive-evidence', () => this.#seal(outcome));
    return CancellationScope.nonCancellable(seal);
  }

  /** The probe has shown it: traffic is at its safe share and nothing is halted. */
  startsAtRest(): void {
    this.#run.change({ traffic: { percent: this.plan.rollout.safePercent, confirmed: true }, killSwitch: 'off' });
  }

  async #seal(outcome: Outcome): Promise<SealedEvidence> {
    const id = 'archive-evidence';
    this.#watch.relieve();
    this.#run.begin(id);
    this.#run.change({ desk: { ...this.#run.facts.desk, closed: true } });
    this.#run.record('ended', { outcome });
    const progress = progressOf({ ...this.#run.facts, outcome });
    const at = new Date().toISOString();
    await this.#run.quiet();
    await this.#run.journalDrained();
    this.#run.closeJournal();
    for (;;) {
      const calls = recording('Archive the evidence');
      const sealing = await this.patience.answered(() =>
        calls.archiveEvidence(this.scope, { request: this.#request, progress, at }),
      );
      if (sealing.ok) {
        const sealed = sealing.value;
        // Not settled as other steps are: the journal is closed, and its last entry is the seal.
        this.#run.note(id, {
          status: 'passed',
          verdict: 'pass',
          summary: `sealed: ${sealed.path}`,
          endedAt: new Date().toISOString(),
        });
        this.#run.change({ outcome, evidence: sealed });
        this.#run.show();
        return sealed;
      }
      await this.patience.needHands(id, sealing.finding);
    }
  }

  /** Settles a control by its facts and, where they do not suffice, by somebody's word on them. */
  async #vouchedFor(id: FactualControlId, facts: Finding): Promise<Vouched> {
    const proof = proofOf(id);
    if (proof === 'facts' || (proof === 'rest' && facts.open === undefined)) {
      this.#run.settle(id, 'passed', facts);
      return { expires: null };
    }
    const { by, expires } = await this.people.wordOn(id, facts);
    this.#run.settle(id, 'passed', { ...facts, summary: `${facts.summary}; attested by ${by}` });
    return { expires };
  }

  #holds(id: StepId, long: number, again: () => Promise<void>, { expires }: Vouched = { expires: null }): void {
    const until = Math.min(Date.now() + this.patience.scaled(long), expires ?? Infinity);
    this.#freshness.note(id, until, () => {
      this.patience.renew(id);
      return again();
    });
  }

  /** Only before traffic: a drill that halts the tenant would be an outage afterwards. */
  #renewStale(): void {
    if (!this.#run.trafficMayHaveMoved) this.#freshness.renew();
  }

  async #allFresh(): Promise<void> {
    if (!this.#run.trafficMayHaveMoved) await this.#freshness.renewed();
  }

  get #percent(): number {
    return this.#run.facts.traffic.percent ?? this.plan.rollout.safePercent;
  }

  async #unheld(id: ShiftId): Promise<void> {
    if (await this.#run.unheld(this.patience.deadline(this.plan.patience.blocked))) return;
    throw this.#run.stop(`${id} was held for too long`, null);
  }
}
