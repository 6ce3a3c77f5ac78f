import { sleep } from '@temporalio/workflow';
import type { WindowReport, WindowRequest } from '../activities/index.ts';
import { formatDuration } from '../domain/duration.ts';
import { labelOf } from '../domain/labels.ts';
import type { ShiftId, WindowId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';
import type { Stretch, Watch } from './watch.ts';

/** Stretches of fixed length at one share. One passes when enough of it was seen and nothing was wrong. */
export class Soaks {
  readonly #run: Run;
  readonly #patience: Patience;
  readonly #plan: Plan;
  readonly #watch: Watch;

  constructor(run: Run, patience: Patience, plan: Plan, watch: Watch) {
    this.#run = run;
    this.#patience = patience;
    this.#plan = plan;
    this.#watch = watch;
  }

  /**
   * A soak passes when its durable timer has fired and the watch beside it has seen enough and nothing wrong. What was
   * not observed is made up for within the plan's bound; after that the soak is blocked and, asked for, begins anew.
   *
   * @param length milliseconds of the plan's clock
   */
  async pass(id: ShiftId | WindowId, length: number, percent: number): Promise<Finding> {
    for (;;) {
      const finding = await this.#once(id, length, percent);
      if (finding.verdict === 'pass') return finding;
      await this.#patience.blocked(id, finding);
    }
  }

  async #once(id: ShiftId | WindowId, length: number, percent: number): Promise<Finding> {
    const whole = this.#patience.scaled(length);
    const ordinal = this.#watch.nextOrdinal();
    let from = Date.now();
    let until = from + whole;
    let mayExtend = this.#patience.scaled(this.#plan.rollout.extendAtMost);
    let carry: WindowRequest['carry'] = null;
    for (;;) {
      this.#run.note(id, { deadline: new Date(until).toISOString() });
      const long = `${formatDuration(length)} at ${percent} %`;
      const stretch: Stretch = { purpose: 'soak', from, until, percent, carry, ordinal, length: whole };
      const [report]: [WindowReport, void] = await Promise.all([
        this.#untilOver(labelOf(id, `watch for ${long}`), stretch),
        sleep(until - from, { summary: labelOf(id, long) }),
      ]);
      const extension = Math.min(report.missing, mayExtend);
      if (report.finding.verdict === 'pass' || extension < this.#watch.sampleEvery) return report.finding;
      mayExtend -= extension;
      carry = report.carry;
      from = Date.now();
      until = from + extension;
      this.#run.record('window-extended', { step: id, milliseconds: extension, because: report.finding.reasons });
    }
  }

  /** Watches until the stretch is over, also where nothing can be seen for a while. */
  async #untilOver(summary: string, stretch: Stretch): Promise<WindowReport> {
    for (let { carry } = stretch; ;) {
      const report = await this.#watch.stretch(summary, { ...stretch, carry });
      if (report.visibility !== 'blind' || Date.now() >= stretch.until) return report;
      carry = report.carry;
    }
  }
}
