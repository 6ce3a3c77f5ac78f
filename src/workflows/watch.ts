import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Scope, WindowReport, WindowRequest } from '../activities/index.ts';
import { formatDuration } from '../domain/duration.ts';
import { rowOf, type ShiftId, type WindowId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { watching } from './calls.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';

const SHIFT = 60 * 60_000;
const SHORTEST_SHIFT = 10_000;
const SHORTEST_SAMPLE_INTERVAL = { production: 1000, rehearsal: 250 };

/**
 * Somebody always watches while traffic is above its safe share: a soak of fixed length, or, while people are awaited
 * and between soaks, open shifts that follow one another until they are relieved.
 */
export class Watch {
  readonly #run: Run;
  readonly #patience: Patience;
  readonly #plan: Plan;
  readonly #scope: Scope;
  #openShifts: CancellationScope | undefined;
  #windows = 0;

  constructor(run: Run, patience: Patience, plan: Plan, scope: Scope) {
    this.#run = run;
    this.#patience = patience;
    this.#plan = plan;
    this.#scope = scope;
  }

  /**
   * A soak passes when its durable timer has fired and the watch beside it has seen enough and nothing wrong. What was
   * not observed is made up for within the plan's bound; after that the soak is blocked and, asked for, begins anew.
   */
  async soak(id: ShiftId | WindowId, length: number, percent: number): Promise<Finding> {
    for (;;) {
      this.relieve();
      const finding = await this.#soakOnce(id, length, percent);
      if (finding.verdict === 'pass') return finding;
      this.stand(percent);
      await this.#patience.blocked(id, finding);
    }
  }

  /** Watches in open shifts from now on. */
  stand(percent: number): void {
    if (this.#openShifts !== undefined || percent <= this.#plan.rollout.safePercent) return;
    this.#openShifts = new CancellationScope();
    this.#openShifts
      .run(() => this.#shifts(percent))
      .catch((error: unknown) => {
        if (!isCancellation(error)) this.#run.stop('the watch on the traffic broke off', null);
      });
  }

  /** Ends the open shifts, because a soak takes over or because there is no traffic to watch any more. */
  relieve(): void {
    this.#openShifts?.cancel();
    this.#openShifts = undefined;
  }

  async #soakOnce(id: ShiftId | WindowId, length: number, percent: number): Promise<Finding> {
    const { rollout } = this.#plan;
    let from = Date.now();
    let until = from + this.#patience.scaled(length);
    let mayExtend = this.#patience.scaled(rollout.extendAtMost);
    let carry: WindowRequest['carry'] = null;
    const ordinal = this.#nextOrdinal();
    for (;;) {
      this.#run.note(id, { deadline: new Date(until).toISOString() });
      const timer = `${rowOf(id).title}: ${formatDuration(length)} at ${percent} %`;
      const [report]: [WindowReport, void] = await Promise.all([
        this.#stretch(timer, { from, until, percent, carry, ordinal, length: this.#patience.scaled(length) }),
        sleep(until - from, { summary: timer }),
      ]);
      const extension = Math.min(report.missing, mayExtend);
      if (report.finding.verdict === 'pass' || extension < this.#sampleEvery) return report.finding;
      mayExtend -= extension;
      carry = report.carry;
      from = Date.now();
      until = from + extension;
      this.#run.record('window-extended', { step: id, milliseconds: extension, because: report.finding.reasons });
    }
  }

  async #shifts(percent: number): Promise<never> {
    const length = Math.max(SHORTEST_SHIFT, this.#patience.scaled(SHIFT));
    for (;;) {
      const from = Date.now();
      const stretch = { from, until: from + length, length, percent, carry: null, ordinal: this.#nextOrdinal() };
      await this.#stretch(`Watch at ${percent} %`, stretch);
    }
  }

  async #stretch(summary: string, stretch: Omit<WindowRequest, 'limits' | 'sampleEvery'>): Promise<WindowReport> {
    const { limits } = this.#plan;
    const calls = watching(stretch.until - stretch.from)(summary);
    const request = { ...stretch, limits, sampleEvery: this.#sampleEvery };
    const report = await this.#run.doing(calls.watchWindow(this.#scope, request));
    if (report.finding.verdict === 'fail') throw this.#run.stop(`breach: ${report.finding.reasons.join('; ')}`, null);
    return report;
  }

  #nextOrdinal(): number {
    this.#windows += 1;
    return this.#windows;
  }

  get #sampleEvery(): number {
    const { rollout, clock } = this.#plan;
    const shortest = clock.speed > 1 ? SHORTEST_SAMPLE_INTERVAL.rehearsal : SHORTEST_SAMPLE_INTERVAL.production;
    return Math.max(shortest, this.#patience.scaled(rollout.sampleEvery));
  }
}
