import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { WindowRequest } from '../activities/index.ts';
import { labelOf } from '../domain/labels.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';
import type { Watch } from './watch.ts';

const SHIFT = 60 * 60_000;
const SHORTEST_SHIFT = 10_000;

/**
 * Somebody always watches while traffic is above its safe share: in soaks, while people are awaited, during a hold and while
 * the share moves. The guard works in shifts, each of which goes on from the last sample of the one before. It passes
 * nothing. It stops the run on a breach, and holds it when somebody else has moved the share.
 */
export class Guard {
  readonly #run: Run;
  readonly #patience: Patience;
  readonly #plan: Plan;
  readonly #watch: Watch;
  #duty: CancellationScope | undefined;
  /** Where the traffic may stand, in percent: while it moves there are two answers. */
  #expected: readonly number[] = [];
  #stands = 0;
  /** Why the traffic stands where it should not; `null` while it does not. */
  #astray: string | null = null;

  constructor(run: Run, patience: Patience, plan: Plan, watch: Watch) {
    this.#run = run;
    this.#patience = patience;
    this.#plan = plan;
    this.#watch = watch;
  }

  /** From now on the traffic stands at one of these shares, in percent. */
  expect(...percents: readonly number[]): void {
    this.#expected = percents;
    this.#astray = null;
    if (this.#duty !== undefined || percents.every((percent) => percent <= this.#plan.rollout.safePercent)) return;
    [this.#stands = 0] = percents;
    this.#duty = new CancellationScope();
    this.#duty
      .run(() => Promise.race([this.#shifts(), this.#holdAgain()]))
      .catch((error: unknown) => {
        if (!isCancellation(error)) this.#run.stop('the watch on the traffic broke off', null);
      });
  }

  /** There is no traffic to watch any more. */
  relieve(): void {
    this.#duty?.cancel();
    this.#duty = undefined;
  }

  async #shifts(): Promise<never> {
    let carry: WindowRequest['carry'] = null;
    for (;;) {
      // A shift that saw nothing is followed by short ones, so that it is soon known when the traffic can be seen again.
      const whole = this.#watch.isSeeing ? this.#patience.scaled(SHIFT) : 0;
      const length = Math.max(SHORTEST_SHIFT, whole);
      const from = Date.now();
      const percent = this.#stands;
      const ordinal = this.#watch.nextOrdinal();
      const stretch = { purpose: 'guard', from, until: from + length, length, percent, carry, ordinal } as const;
      const report = await this.#watch.stretch(labelOf('guard', `watch at ${percent} %`), stretch);
      carry = report.carry;
      if (report.share !== null && report.share !== percent) this.#noteShare(report.share, report.forgotten);
    }
  }

  /** Whoever resumes before the share is back would have it watched where it should not be, and nobody told of it. */
  async #holdAgain(): Promise<never> {
    for (;;) {
      await condition(() => this.#astray !== null && !this.#run.isHeld && this.#run.isOpen);
      this.#holdAstray();
    }
  }

  #holdAstray(): void {
    if (this.#astray !== null) this.#run.hold(this.#astray, 'share');
  }

  /** A share that is not ours is for people, also where the router merely forgot it: nothing goes forward by itself. */
  #noteShare(percent: number, isForgotten: boolean): void {
    const wasAstray = this.#astray !== null;
    this.#stands = percent;
    this.#astray = this.#expected.includes(percent) ? null : this.#storyOf(percent, isForgotten);
    if (this.#astray !== null || wasAstray) this.#run.change({ traffic: { percent, confirmed: true } });
    this.#holdAstray();
  }

  #storyOf(percent: number, isForgotten: boolean): string {
    const expected = this.#expected.join(' or ');
    const what = isForgotten
      ? `the router was reloaded or restarted and went to ${percent} %`
      : `somebody else moved the traffic to ${percent} %, or its lease ran out`;
    return `${what}, it should stand at ${expected} %`;
  }
}
