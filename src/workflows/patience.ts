import { ActivityFailure, ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { HandsAsk, RecheckAsk } from '../domain/desk.ts';
import { requestKey } from '../domain/ids.ts';
import { rowOf, type StepId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import { VERDICTS, type Finding } from '../domain/verdict.ts';
import { rescuing, type Calls } from './calls.ts';
import type { Run } from './run.ts';

/** One measurement of a step. Its key is new with every repetition, so that no old answer is taken for a new one. */
export type Measure = (calls: Activities, key: string) => Promise<Finding>;

/** What happens to a step that does not pass: before the point of no return it is blocked, in a rollback it needs hands. */
export class Patience {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #generations = new Map<StepId, number>();

  constructor(run: Run, plan: Plan) {
    this.#run = run;
    this.#plan = plan;
  }

  /** Durations of the plan run on the plan's clock: a rehearsal divides them by its speed. */
  scaled(milliseconds: number): number {
    return Math.max(1, Math.round(milliseconds / this.#plan.clock.speed));
  }

  /** The name of a change for the platform: the same on every attempt, new after every repetition asked for. */
  key(id: StepId): string {
    return requestKey(this.#plan.release, workflowInfo().firstExecutionRunId, id, this.generation(id));
  }

  generation(id: StepId): number {
    return this.#generations.get(id) ?? 1;
  }

  /** Measures until it passes; in between the run is blocked. */
  async untilPassed(id: StepId, calls: Calls, measure: Measure): Promise<Finding> {
    for (;;) {
      const finding = await this.measured(() => measure(calls(rowOf(id).title), this.key(id)));
      if (finding.verdict === 'pass') return finding;
      await this.blocked(id, finding);
    }
  }

  /** Blocked: waits until somebody asks for a repetition. The deadline stops the run. */
  async blocked(id: StepId, finding: Finding): Promise<void> {
    const until = Date.now() + this.scaled(this.#plan.patience.blocked);
    const problem = finding.reasons.join('; ');
    this.#run.settle(id, 'blocked', finding);
    this.#run.note(id, { deadline: new Date(until).toISOString() });
    this.#run.page(`${id} is blocked: ${problem}`);
    const ask: RecheckAsk = { kind: 'recheck', step: id, until, asked: null };
    if ((await this.#run.ask(ask, until)) === undefined) {
      throw this.#run.stop(`${id} did not pass in time: ${problem}`, null);
    }
    this.#again(id);
  }

  /**
   * A step of the rollback: repeated until it passes. What repeating inside the call cannot mend waits for hands or,
   * with `again`, is also tried by itself after that many milliseconds.
   */
  async insist(id: StepId, measure: Measure, again?: number): Promise<void> {
    this.#run.begin(id);
    for (;;) {
      const finding = await this.measured(() => measure(rescuing(rowOf(id).title), this.key(id)));
      if (finding.verdict === 'pass') return this.#run.settle(id, 'passed', finding);
      await this.needHands(id, finding, again);
    }
  }

  /** Pages and waits for `retryRollback` or, with `again`, for that many milliseconds. */
  async needHands(id: StepId, finding: Finding, again?: number): Promise<void> {
    const problem = finding.reasons.join('; ');
    this.#run.settle(id, 'blocked', finding);
    this.#run.page(`hands are needed for ${id}: ${problem}`);
    const ask: HandsAsk = { kind: 'hands', step: id, problem, asked: null };
    await this.#run.ask(ask, again === undefined ? null : Date.now() + again);
    this.#again(id);
  }

  /** A call that failed for good is a measurement that could not be made: inconclusive, never a pass. */
  async measured(act: () => Promise<Finding>): Promise<Finding> {
    const finding = await this.orInconclusive(act);
    return VERDICTS.includes(finding.verdict) ? finding : inconclusive('the answer could not be decoded');
  }

  /** The same for calls that answer with more than a finding. */
  async orInconclusive<T>(act: () => Promise<T>): Promise<T | Finding> {
    try {
      return await this.#run.doing(act());
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return unmeasured(error);
    }
  }

  #again(id: StepId): void {
    this.#generations.set(id, this.generation(id) + 1);
    this.#run.note(id, { status: 'running', deadline: null });
  }
}

function unmeasured({ cause, message }: ActivityFailure): Finding {
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'Unexpected') : 'TimedOut';
  return inconclusive(`${code}: ${cause?.message ?? message}`);
}

export const passed = (summary: string): Finding => ({ verdict: 'pass', summary, reasons: [] });
export const failed = (why: string): Finding => ({ verdict: 'fail', summary: why, reasons: [why] });
export const inconclusive = (why: string): Finding => ({ verdict: 'inconclusive', summary: why, reasons: [why] });
