import { CancellationScope, condition } from '@temporalio/workflow';
import { labelOf } from '../domain/labels.ts';
import { lookAt, NOTHING_TOLD, type Look } from '../domain/reminders.ts';
import type { RunFacts } from '../domain/progress.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';

/** How long the first question of a kind waits for others that may come. */
const GATHER = 60_000;
/** A last reminder comes no later than this before the deadline. */
const SHORTEST = 15 * 60_000;

/** Nothing else can change who is awaited for what. */
type Basis = readonly [RunFacts['desk']['asks'], RunFacts['desk']['held'], number | null, RunFacts['steps'], boolean];

/**
 * Tells people that they are awaited, reminds them by durable timers, and tells them when they are not awaited any more.
 * All of it follows from the questions that stand open; whoever asks one does not have to think of it.
 */
export class Reminders {
  readonly #run: Run;
  readonly #patience: Patience;
  #memory = NOTHING_TOLD;
  #seen: Basis | undefined;
  /** When the timer fires that is running now. */
  #next: number | null = null;

  constructor(run: Run, patience: Patience) {
    this.#run = run;
    this.#patience = patience;
  }

  /** From now on people are told. */
  begin(): void {
    void CancellationScope.nonCancellable(() => this.#remind());
  }

  async #remind(): Promise<never> {
    for (;;) {
      const { reminders, over, memory, next } = this.#look();
      this.#memory = memory;
      this.#next = next;
      for (const reminder of reminders) this.#run.notices.tell({ kind: 'awaited', ...reminder });
      // Once the run was stopped, what was awaited is told as over with the rollback or the end.
      if (this.#run.facts.ending === null)
        for (const subject of over) this.#run.notices.tell({ kind: 'settled', subject });
      await this.#untilNews();
    }
  }

  async #untilNews(): Promise<void> {
    const isNews = () => this.#isNews();
    if (this.#next === null) return condition(isNews);
    await condition(isNews, Math.max(1, this.#next - Date.now()), {
      summary: labelOf('people', 'until they are reminded'),
    });
  }

  /** A timer that fires too early finds nothing to do, which costs less than another timer for every answer. */
  #isNews(): boolean {
    const basis = this.#basis();
    if (this.#seen !== undefined && basis.every((part, index) => part === this.#seen?.[index])) return false;
    this.#seen = basis;
    const { reminders, over, next } = this.#look();
    const isEarlier = next !== null && (this.#next === null || next < this.#next);
    const isRelief = over.some((subject) => this.#run.notices.isOpen(subject));
    return reminders.length > 0 || isRelief || isEarlier || (next === null && this.#next !== null);
  }

  #look(): Look {
    return lookAt(this.#run.progress, this.#memory, {
      at: Date.now(),
      measuring: this.#isMeasuring,
      gather: this.#patience.scaled(GATHER),
      shortest: this.#patience.scaled(SHORTEST),
    });
  }

  #basis(): Basis {
    const { desk, heldUntil, steps } = this.#run.facts;
    return [desk.asks, desk.held, heldUntil, steps, this.#isMeasuring];
  }

  /** With traffic the watch is always under way, and what is asked then is asked alone. */
  get #isMeasuring(): boolean {
    return this.#run.underWay.isBusy && !this.#run.undos.trafficMayHaveMoved;
  }
}
