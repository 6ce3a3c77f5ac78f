import { CancellationScope } from '@temporalio/workflow';
import type { Admission, AuditMark, Scope } from '../activities/index.ts';
import { evidenceFolder } from '../domain/ids.ts';
import { labelOf } from '../domain/labels.ts';
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
import type { Outcome, SealedEvidence } from '../domain/run.ts';
import { passed, type Digest, type Finding } from '../domain/verdict.ts';
import { changing, measuring } from './calls.ts';
import { drillsOf, type DrillId } from './drills.ts';
import { Freshness } from './freshness.ts';
import { Gates, type Approval } from './gates.ts';
import { Patience, type Act } from './patience.ts';
import { People } from './people.ts';
import { Reminders } from './reminders.ts';
import type { Run } from './run.ts';
import { seal } from './seal.ts';
import { Traffic, type Shift } from './traffic.ts';
import { undoBy } from './undos.ts';

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
  readonly gates: Gates;
  readonly drills: ReturnType<typeof drillsOf>;
  readonly #people: People;
  readonly #run: Run;
  readonly #request: unknown;
  readonly #traffic: Traffic;
  readonly #freshness = new Freshness();

  constructor(run: Run, request: unknown, { plan, longestTokenLife }: Admission) {
    const { tenant, environment, profile, release } = plan;
    const folder = evidenceFolder(tenant, environment, release, run.chain);
    this.#run = run;
    this.#request = request;
    this.plan = plan;
    this.scope = { profile, tenant, environment, folder };
    this.longestTokenLife = longestTokenLife;
    this.drills = drillsOf(this.scope, plan);
    // Whoever mends something and asks for a recheck wants all of it to be so now, not only what did not pass.
    this.patience = new Patience(run, plan, () => this.#renewStale());
    this.#people = new People(run, this.patience, plan);
    this.gates = new Gates(run, this.patience, { people: this.#people, freshness: this.#freshness }, this.scope);
    this.#traffic = new Traffic(run, this.patience, this.gates, plan, this.scope);
    new Reminders(run, this.patience).begin();
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
    const { by, expires } = await this.#people.wordOn(id, null);
    this.#run.settle(id, 'passed', passed(`attested by ${by}`));
    this.#holds(id, Infinity, () => this.attestation(id), { expires });
  }

  /** A control that is proven by changing something and taking it back. The undo is registered before the change. */
  async drill(id: DrillId): Promise<void> {
    const drill = this.drills[id];
    this.#run.begin(id);
    this.#run.register(id, undoBy(drill.undo));
    const rehearse: Act = (calls, key) => this.#run.underWay.deed(id, drill.do(calls, key));
    const facts = await this.patience.untilPassed(id, rehearse, drill.undo);
    this.#run.undos.discharge(id);
    const vouched = await this.#vouchedFor(id, facts);
    this.#holds(id, this.plan.freshness.drills, () => this.drill(id), vouched);
  }

  /** People approve or reject. A rejection or a deadline that passes stops the run. */
  gate(id: GateId): Promise<Approval> {
    return this.gates.pass(id);
  }

  /**
   * Moves the traffic, as people allowed it, and, with a hold, watches it at the new share. With `ready` it is measured
   * right before that what people approved is still so: they may have taken days.
   */
  async shift(id: ShiftId, shift: Shift): Promise<void> {
    this.#run.begin(id);
    this.#run.settle(id, 'passed', await this.#traffic.shift(id, shift));
  }

  /** Watches the traffic where it is, for as long as the plan says. */
  async window(id: WindowId, length: number): Promise<void> {
    this.#run.begin(id);
    this.#run.settle(id, 'passed', await this.#traffic.window(id, length));
  }

  /** Remembers where the audit log stands, for what is compared with it later. */
  async markAudit(id: StepId): Promise<AuditMark> {
    for (;;) {
      const calls = changing(labelOf('audit log', 'remember where it stands'));
      const marked = await this.patience.answered(() => calls.markAudit(this.scope));
      if (marked.ok) return marked.value;
      this.#run.begin(id);
      await this.patience.blocked(id, marked.finding);
    }
  }

  /**
   * People review a sample of real denials drawn since `since`. An incorrect one, or none to look at, blocks.
   * Answers the digest of how denials came about, which the day after launch is compared with.
   */
  async review(id: ReviewId, since: AuditMark): Promise<Digest> {
    this.#run.begin(id);
    const { sample: size, seed } = this.plan.denyReview;
    for (;;) {
      const draw = { since, size, seed: `${seed}/${this.patience.generation(id)}` };
      const drawn = await this.patience.answered(() =>
        measuring(labelOf(id, 'draw a sample of denials')).sampleDenials(this.scope, draw),
      );
      const finding = drawn.ok ? await this.#people.judgement(id, drawn.value) : drawn.finding;
      if (drawn.ok && finding.verdict === 'pass') {
        this.#run.settle(id, 'passed', finding);
        return drawn.value.baseline;
      }
      await this.patience.blocked(id, finding);
    }
  }

  /**
   * Decides the outcome and seals the evidence. A run that cannot prove what happened stays open. Until the outcome is decided
   * the run can be stopped, and from then on nothing interrupts it any more.
   */
  async archive(outcome: Outcome): Promise<SealedEvidence> {
    const id = 'archive-evidence';
    this.#run.begin(id);
    // While the store cannot be written the watch goes on and people can still stop the run.
    await this.patience.pagingUntilDone(id, () => this.#run.journalDrained());
    if (outcome === 'live') await this.#traffic.keep();
    this.#run.decide(outcome);
    this.#traffic.relieve();
    const sealing = { run: this.#run, patience: this.patience, scope: this.scope, request: this.#request };
    return CancellationScope.nonCancellable(async () => {
      const evidence = await this.patience.pagingUntilDone(id, () => seal(sealing, outcome));
      // With the workflow its calls would end, and nobody would be told of the end.
      await this.#run.notices.delivered();
      return evidence;
    });
  }

  /** The probe has shown it: traffic is at its safe share and nothing is halted. */
  startsAtRest(): void {
    this.#run.change({ traffic: { percent: this.plan.rollout.safePercent, confirmed: true }, killSwitch: 'off' });
  }

  /** Settles a control by its facts and, where they do not suffice, by somebody's word on them. */
  async #vouchedFor(id: FactualControlId, facts: Finding): Promise<Vouched> {
    const proof = proofOf(id);
    if (proof === 'facts' || (proof === 'rest' && facts.open === undefined)) {
      this.#run.settle(id, 'passed', facts);
      return { expires: null };
    }
    const { by, expires } = await this.#people.wordOn(id, facts);
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
    if (!this.#run.undos.trafficMayHaveMoved) this.#freshness.renew();
  }
}
