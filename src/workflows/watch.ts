import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { Scope, WindowReport, WindowRequest } from '../activities/index.ts';
import { formatDuration } from '../domain/duration.ts';
import { labelOf } from '../domain/labels.ts';
import type { ShiftId, WindowId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { watching } from './calls.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';

const SHIFT = 60 * 60_000;
const SHORTEST_SHIFT = 10_000;
const SHORTEST_SAMPLE_INTERVAL = { production: 1000, rehearsal: 250 };

type Stretch = Omit<WindowRequest, 'limits' | 'sampleEvery'>;

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
  #blindSince: number | undefined;

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
      const long = `${formatDuration(length)} at ${percent} %`;
      const stretch: Stretch = { from, until, percent, carry, ordinal, length: this.#patience.scaled(length) };
      const [report]: [WindowReport, void] = await Promise.all([
        this.#untilOver(labelOf(id, `watch for ${long}`), stretch),
        sleep(until - from, { summary: labelOf(id, long) }),
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
    for (;;) {
      // A shift that saw nothing is followed by short ones, so that it is soon known when the traffic can be seen again.
      const whole = this.#blindSince === undefined ? this.#patience.scaled(SHIFT) : 0;
      const length = Math.max(SHORTEST_SHIFT, whole);
      const from = Date.now();
      const stretch = { from, until: from + length, length, percent, carry: null, ordinal: this.#nextOrdinal() };
      await this.#stretch(labelOf('open watch', `${percent} % until the next step`), stretch);
    }
  }

  /** Resolves when the traffic can be seen: nothing is moved blindly. */
  async seeing(): Promise<void> {
    await condition(() => this.#blindSince === undefined);
  }

  /** Watches until the stretch is over, also where nothing can be seen for a while. */
  async #untilOver(summary: string, stretch: Stretch): Promise<WindowReport> {
    for (let { carry } = stretch; ;) {
      const report = await this.#stretch(summary, { ...stretch, carry });
      if (!report.blind || Date.now() >= stretch.until) return report;
      carry = report.carry;
    }
  }

  async #stretch(summary: string, stretch: Stretch): Promise<WindowReport> {
    const { limits } = this.#plan;
    const calls = watching(stretch.until - stretch.from)(summary);
    const call = calls.watchWindow(this.#scope, { ...stretch, limits, sampleEvery: this.#sampleEvery });
    // A breach counts, whoever still waits for the report.
    call.then((report) => this.#stopOnBreach(report)).catch(() => undefined);
    const report = await this.#run.doing(call);
    this.#stopOnBreach(report);
    this.#noteSight(report);
    return report;
  }

  #stopOnBreach({ finding }: WindowReport): void {
    if (finding.verdict !== 'fail') return;
    const why = finding.reasons.join('; ');
    if (this.#run.facts.ending === null) this.#run.notices.tell({ kind: 'breach', why });
    throw this.#run.stop(`breach: ${why}`, null);
  }

  #noteSight({ blind, finding }: WindowReport): void {
    if (!blind) {
      this.#run.notices.tell({ kind: 'seen' });
      this.#blindSince = undefined;
      return;
    }
    if (this.#blindSince === undefined) {
      this.#run.notices.tell({ kind: 'unseen', why: finding.reasons.join('; ') });
    }
    this.#blindSince ??= Date.now();
    const tolerated = Math.max(SHORTEST_SHIFT, this.#patience.scaled(this.#plan.rollout.extendAtMost));
    if (Date.now() - this.#blindSince > tolerated)
      throw this.#run.stop('the traffic could not be seen for too long', null);
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
