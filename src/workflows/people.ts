import { uuid4 } from '@temporalio/workflow';
import type { DenialSample } from '../activities/index.ts';
import type { Attestation, AttestationAsk, GateAsk, ReviewAsk } from '../domain/desk.ts';
import { iso } from '../domain/instant.ts';
import type { ControlId, GateId, ReviewId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { StepRecord } from '../domain/run.ts';
import { failed, inconclusive, passed, type Digest, type Finding } from '../domain/verdict.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';

/** What became of a gate, and how it stood when it was decided. */
export interface Decision {
  readonly finding: Finding;
  readonly gate: GateAsk;
}

interface Word {
  readonly given: Attestation;
  readonly facts: Digest | null;
}

/** What people are asked for: their word on a control, their approval at a gate, their judgement of denials. */
export class People {
  readonly #run: Run;
  readonly #patience: Patience;
  readonly #plan: Plan;
  readonly #words = new Map<ControlId, Word>();

  constructor(run: Run, patience: Patience, plan: Plan) {
    this.#run = run;
    this.#patience = patience;
    this.#plan = plan;
  }

  /**
   * Somebody's word on a control, given for exactly these facts. One that was given for the same facts before still holds,
   * until it expires; other facts void it, and somebody is asked anew.
   */
  async wordOn(id: ControlId, finding: Finding | null): Promise<Attestation> {
    const facts = finding?.subject ?? finding?.evidence ?? null;
    const known = this.#words.get(id);
    if (known !== undefined && known.facts === facts && !isExpired(known.given)) return known.given;
    if (known !== undefined) {
      const why = known.facts === facts ? 'it has expired' : 'the facts have changed';
      this.#run.record('word-void', { control: id, by: known.given.by, why });
    }
    const until = this.#patience.deadline(this.#plan.patience.attestation);
    const owner = this.#plan.controls[id]?.owner ?? null;
    const about = [...(finding === null ? [] : [finding.summary]), ...(finding?.open ?? [])];
    const ask: AttestationAsk = { kind: 'attestation', control: id, owner, facts, about, until, given: null };
    const given = (await this.#run.ask(id, ask, until))?.given;
    if (!given) throw this.#run.stop(`nobody vouched for ${id} in time`, null);
    this.#words.set(id, { given, facts });
    return given;
  }

  /**
   * Opens a gate with a fresh nonce, shows what was found so far to those who decide, and answers what became of it. The
   * evidence that is shown is part of what they approve.
   */
  async decision(id: GateId, showEvidence: (steps: readonly StepRecord[]) => Promise<Digest>): Promise<Decision> {
    const { approvals: need, from, within, validFor } = this.#plan.gates[id];
    const { people = [], groups = [] } = from;
    const { steps } = this.#run.facts;
    this.#run.begin(id);
    const shown = await showEvidence(steps);
    const until = this.#patience.deadline(within);
    const open = { need, people, groups, until, validFor: this.#patience.scaled(validFor) };
    const ask: GateAsk = { kind: 'approval', gate: id, nonce: uuid4(), shown, ...open, approvals: [], rejection: null };
    this.#run.record('gate-opened', { gate: id, nonce: ask.nonce, shown, need, people, groups, until: iso(until) });
    const answer = await this.#run.ask(id, ask, until);
    const finding = verdictOn(ask, answer);
    this.#run.settle(id, finding.verdict === 'pass' ? 'passed' : 'failed', finding);
    return { finding, gate: answer ?? ask };
  }

  /** Approvals that were given count no more; people are told, because they believe that they are done. */
  voidApprovals({ gate, nonce }: GateAsk, why: string): void {
    this.#run.record('approval-void', { gate, nonce, why });
    this.#run.notices.tell({ kind: 'approvals-void', gate, why });
  }

  /** What reviewers say of a sample of denials. An incorrect one is a failure, and none to look at proves nothing. */
  async judgement(id: ReviewId, { sample, ids, shown, available }: DenialSample): Promise<Finding> {
    if (ids.length === 0) return inconclusive('there is no denial to review yet');
    const until = this.#patience.deadline(this.#plan.patience.review);
    const { reviewers, sample: wanted } = this.#plan.denyReview;
    const ask: ReviewAsk = { kind: 'review', sample, ids, shown, wanted, available, reviewers, until, verdicts: [] };
    const answer = await this.#run.ask(id, ask, until);
    if (answer === undefined) throw this.#run.stop('the denials were not reviewed in time', null);
    const wrong = answer.verdicts.filter((verdict) => !verdict.correct);
    if (wrong.length > 0) return failed(`${wrong.length} of ${ids.length} denials are incorrect: fix, or abort`);
    return passed(`${ids.length} of ${available} denials reviewed, all correct (asked for ${wanted})`);
  }
}

/** Whether a word that had an end has reached it. */
function isExpired({ expires }: Attestation): boolean {
  return expires !== null && expires <= Date.now();
}

function verdictOn(ask: GateAsk, answer: GateAsk | undefined): Finding {
  if (answer === undefined) return failed(`nobody decided ${ask.gate} in time`);
  const { rejection, approvals } = answer;
  if (rejection !== null) return failed(`${rejection.by} rejected ${ask.gate}: ${rejection.reason}`);
  return passed(`approved by ${approvals.map((approval) => approval.by).join(' and ')}`);
}
