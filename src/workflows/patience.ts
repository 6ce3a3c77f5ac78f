import { ActivityFailure, CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { HandsAsk, RecheckAsk } from '../domain/desk.ts';
import { requestKey } from '../domain/ids.ts';
import { labelOf, stepLabelOf } from '../domain/labels.ts';
import type { StepId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import { UNDECODABLE } from '../domain/receive.ts';
import { inconclusive, VERDICTS, type Finding } from '../domain/verdict.ts';
import { measuring, problemOf, rescuing } from './calls.ts';
import type { Run } from './run.ts';

/** Milliseconds after which what a person need not decide is first tried again by itself. */
export const AGAIN_BY_ITSELF = 15_000;

/** One call of a step. Its key is new with every repetition. */
export type Act = (calls: Activities, key: string) => Promise<Finding>;

/** What a call answered, or why it did not. */
export type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly finding: Finding };

const FIRST_PAGE_AFTER = 60_000;
const LONGEST_BETWEEN_PAGES = 60 * 60_000;
const LONGEST_AGAIN = 5 * 60_000;
/** From here on a step that nobody mends is repeated once an hour: at its limit the server would end the rollback. */
const MANY_EVENTS = 10_000;
const LONGEST_AGAIN_AFTER_MANY = 60 * 60_000;

/** What happens to a step that does not pass: on the way forward it is blocked, in a rollback it needs hands. */
export class Patience {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #onRecheck: () => void;
  readonly #generations = new Map<StepId, number>();

  constructor(run: Run, plan: Plan, onRecheck: () => void) {
    this.#run = run;
    this.#plan = plan;
    this.#onRecheck = onRecheck;
  }

  /** Durations of the plan run on the plan's clock: a rehearsal divides them by its speed. */
  scaled(milliseconds: number): number {
    return Math.max(1, Math.round(milliseconds / this.#plan.clock.speed));
  }

  /** When a patience of the plan that begins now has an end, in epoch milliseconds. */
  deadline(patience: number): number {
    return Date.now() + this.scaled(patience);
  }

  /** The name of a change for the platform: the same on every attempt, new after every repetition asked for. */
  key(id: StepId): string {
    return requestKey(this.#plan.release, this.#run.chain, id, this.generation(id));
  }

  /** From here on the step is another one for the platform, so that no old answer is taken for a new one. */
  renew(id: StepId): void {
    this.#generations.set(id, this.generation(id) + 1);
  }

  generation(id: StepId): number {
    return this.#generations.get(id) ?? 1;
  }

  /** Measures until it passes; in between the run is blocked, and what the measurement changed is taken back before. */
  async untilPassed(id: StepId, measure: Act, undo?: Act): Promise<Finding> {
    for (;;) {
      const finding = await this.measured(() => measure(measuring(stepLabelOf(id)), this.key(id)));
      if (finding.verdict === 'pass') return finding;
      if (undo !== undefined) await this.takeBack(id, undo);
      await this.blocked(id, finding);
    }
  }

  /** Blocked: waits until somebody asks for a repetition. The deadline stops the run. */
  async blocked(id: StepId, finding: Finding): Promise<void> {
    const until = this.deadline(this.#plan.patience.blocked);
    const problem = finding.reasons.join('; ');
    this.#run.settle(id, 'blocked', finding);
    const ask: RecheckAsk = { kind: 'recheck', step: id, until, asked: null };
    if ((await this.#run.ask(id, ask, until)) === undefined) {
      throw this.#run.stop(`${id} did not pass in time: ${problem}`, null);
    }
    this.#again(id);
    this.#onRecheck();
  }

  /**
   * A step of the rollback: repeated until it passes, paging all the while. What repeating inside the call cannot mend waits
   * for hands or, with `again`, is also tried by itself after that many milliseconds.
   */
  async insist(id: StepId, act: Act, again?: number): Promise<void> {
    this.#run.begin(id);
    this.#run.settle(id, 'passed', await this.untilDone(id, act, again));
  }

  /** Takes back what a drill left behind. The drill's own record stays what it was: stopped. */
  async takeBack(id: StepId, undo: Act): Promise<void> {
    const { summary, evidence } = await this.untilDone(id, undo, AGAIN_BY_ITSELF);
    this.#run.note(id, { status: 'stopped', summary });
    this.#run.record('undone', { step: id, summary, evidence: evidence ?? null });
  }

  /** Pages and waits for `retryRollback` or, with `again`, for that many milliseconds. */
  async needHands(id: StepId, finding: Finding, again?: number): Promise<void> {
    const problem = finding.reasons.join('; ');
    this.#run.settle(id, 'blocked', finding);
    // Whoever asked for a repetition wants to hear how it came out; what repeats itself has its pages.
    if (again === undefined || this.generation(id) === 1) this.#run.notices.tell({ kind: 'hands', step: id, problem });
    const ask: HandsAsk = { kind: 'hands', step: id, problem, asked: null };
    await this.#run.ask(id, ask, again === undefined ? null : Date.now() + again);
    this.#again(id);
  }

  /** A call that failed for good is a measurement that could not be made: inconclusive, never a pass. */
  async measured(act: () => Promise<Finding>): Promise<Finding> {
    const answered = await this.answered(act);
    if (!answered.ok) return answered.finding;
    const { value } = answered;
    return VERDICTS.includes(value.verdict) ? value : inconclusive('the answer has no verdict');
  }

  /** The same for calls that answer with more than a finding. */
  async answered<T extends object>(act: () => Promise<T>): Promise<Answered<T>> {
    try {
      const value = await this.#run.underWay.doing(act());
      const isDecoded = !(UNDECODABLE in value);
      return isDecoded ? { ok: true, value } : { ok: false, finding: inconclusive('the answer could not be decoded') };
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return { ok: false, finding: unmeasured(error) };
    }
  }

  /** What nothing can go on without: on the way forward the run is blocked until it is answered, on the way back it needs hands. */
  async untilAnswered<T extends object>(id: StepId, act: () => Promise<T>): Promise<T> {
    for (let pause = AGAIN_BY_ITSELF; ; pause = longer(pause)) {
      const answered = await this.answered(act);
      if (answered.ok) return answered.value;
      if (this.#run.isOpen) await this.blocked(id, answered.finding);
      else await this.needHands(id, answered.finding, pause);
    }
  }

  /** Pages again and again while this lasts: calls that are repeated quietly must not look like ones that work. */
  async paging<T>(id: StepId, deed: () => Promise<T>): Promise<T> {
    const pager = new CancellationScope();
    pager.run(() => this.#keepPaging(id)).catch(() => undefined);
    try {
      return await deed();
    } finally {
      pager.cancel();
    }
  }

  /** The same, and tells people when it is done after all. */
  async pagingUntilDone<T>(id: StepId, deed: () => Promise<T>): Promise<T> {
    const done = await this.paging(id, deed);
    this.#run.notices.tell({ kind: 'done', step: id });
    return done;
  }

  /** Repeats until it passes; in between it needs hands. */
  untilDone(id: StepId, act: Act, again?: number): Promise<Finding> {
    return this.pagingUntilDone(id, async () => {
      for (let pause = again; ; pause = pause && longer(pause)) {
        const finding = await this.measured(() => act(rescuing(stepLabelOf(id)), this.key(id)));
        if (finding.verdict === 'pass') return finding;
        await this.needHands(id, finding, pause);
      }
    });
  }

  async #keepPaging(id: StepId): Promise<never> {
    for (let pause = FIRST_PAGE_AFTER; ; pause = Math.min(2 * pause, LONGEST_BETWEEN_PAGES)) {
      await sleep(pause, { summary: labelOf(id, 'until somebody is told that it is not done') });
      this.#run.notices.tell({ kind: 'not-done', step: id });
    }
  }

  #again(id: StepId): void {
    this.renew(id);
    this.#run.note(id, { status: 'running', deadline: null });
  }
}

/** The next pause until what nobody mends is tried again. */
function longer(pause: number): number {
  const longest = workflowInfo().historyLength > MANY_EVENTS ? LONGEST_AGAIN_AFTER_MANY : LONGEST_AGAIN;
  return Math.min(2 * pause, longest);
}

function unmeasured(error: ActivityFailure): Finding {
  const { code, message } = problemOf(error);
  return { ...inconclusive(message), code };
}
