import type { Scope } from '../activities/index.ts';
import type { GateAsk } from '../domain/desk.ts';
import type { FailureCode } from '../domain/failure-codes.ts';
import { decisionsOf, stillGood } from '../domain/gates.ts';
import { labelOf } from '../domain/labels.ts';
import type { GateId, Phase } from '../domain/plan.ts';
import type { StepRecord } from '../domain/run.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { recording } from './calls.ts';
import type { Freshness } from './freshness.ts';
import type { Patience } from './patience.ts';
import type { Decision, People } from './people.ts';
import type { Run } from './run.ts';

/** A gate that was passed, and what had been found by then. */
export interface Approval {
  readonly gate: GateAsk;
  readonly evidence: string;
}

/** What a gate rests on: the people who are asked, and how fresh is what they are shown. */
interface Basis {
  readonly people: People;
  readonly freshness: Freshness;
}

const BEFORE_TRAFFIC: readonly Phase[] = ['preflight', 'controls', 'incident-readiness'];
const NOT_APPROVED: FailureCode = 'NotApproved';

/** What may only go on when people allow it, and for how long their approval is good. */
export class Gates {
  readonly #run: Run;
  readonly #people: People;
  readonly #patience: Patience;
  readonly #freshness: Freshness;
  readonly #scope: Scope;
  /** Nonces of the gates whose approvals have been used. */
  readonly #used = new Set<string>();

  constructor(run: Run, patience: Patience, { people, freshness }: Basis, scope: Scope) {
    this.#run = run;
    this.#patience = patience;
    this.#people = people;
    this.#freshness = freshness;
    this.#scope = scope;
  }

  /**
   * People approve or reject. A rejection or a deadline that passes stops the run. Before traffic they decide on what is so
   * now: what has gone stale is measured again before they are asked, and once more after they took their time. If it is
   * something else by then, they have approved something else, and are asked anew.
   */
  async pass(id: GateId): Promise<Approval> {
    for (;;) {
      await this.#allFresh();
      const evidence = this.#standing();
      const { finding, gate } = await this.decide(id);
      if (finding.verdict !== 'pass') throw this.#run.stop(finding.summary, null);
      await this.#allFresh();
      if (this.#standing() === evidence) return { gate, evidence };
      this.voidApprovals(gate, 'what was shown at the gate has changed');
    }
  }

  /** Opens a gate once, and answers how it was decided. */
  decide(id: GateId): Promise<Decision> {
    return this.#people.decision(id, (found) => this.#shown(id, found));
  }

  /** What was approved counts no more, and those who approved it are told why. */
  voidApprovals(gate: GateAsk, why: string): void {
    this.#people.voidApprovals(gate, why);
  }

  /** Nobody decides on what is not kept. */
  async #shown(gate: GateId, found: readonly StepRecord[]): Promise<Digest> {
    const steps = found.map(({ id, title, verdict, summary, evidence }) => ({ id, title, verdict, summary, evidence }));
    const calls = recording(labelOf(gate, 'keep what is shown to those who decide'));
    const { shown } = await this.#patience.untilAnswered(gate, async () => ({
      shown: await calls.showEvidence(this.#scope, { gate, steps }),
    }));
    return shown;
  }

  /**
   * Does what people have allowed, once `ready` has resolved. An approval that has expired before it was used, or that does
   * not hold where it is verified once more, is asked for anew.
   */
  async allowed(
    allowedBy: Approval,
    ready: () => Promise<void>,
    deed: (approvedBy: readonly Digest[]) => Promise<Finding>,
  ): Promise<Finding> {
    for (let approval = allowedBy; ; approval = await this.pass(approval.gate.gate)) {
      await ready();
      const { gate } = approval;
      const expired = this.#voidBecause(approval);
      const finding = expired === undefined ? await deed(decisionsOf(gate)) : undefined;
      if (finding !== undefined && !isNotApproved(finding)) {
        this.#used.add(gate.nonce);
        return finding;
      }
      this.voidApprovals(gate, expired ?? finding?.summary ?? NOT_APPROVED);
    }
  }

  /** Why an approval cannot be used any more. Once it was used, what follows from it may take its time. */
  #voidBecause({ gate, evidence }: Approval): string | undefined {
    if (this.#used.has(gate.nonce)) return undefined;
    if (stillGood(gate, Date.now()).length < gate.need) return 'they have expired before they were used';
    return this.#standing() === evidence ? undefined : 'what was shown at the gate has changed';
  }

  /** What has been found before traffic, as far as people approve it: verdicts and what was vouched for, not the timings. */
  #standing(): string {
    const found = this.#run.facts.steps.filter(({ phase }) => BEFORE_TRAFFIC.includes(phase));
    return JSON.stringify(found.map(({ id, verdict, subject }) => [id, verdict, subject]));
  }

  /** Only before traffic: a drill that halts the tenant would be an outage afterwards. */
  async #allFresh(): Promise<void> {
    if (!this.#run.undos.trafficMayHaveMoved) await this.#freshness.renewed();
  }
}

/** Refused because too few signed approvals hold, before anything else was done. */
export function isNotApproved({ code }: Finding): boolean {
  return code === NOT_APPROVED;
}
