import { ActivityFailure, CancellationScope, condition } from '@temporalio/workflow';
import { labelOf } from '../domain/labels.ts';
import { keyOf, noticeOf, openAfter, type Matter, type Notice, type Occasion } from '../domain/notices.ts';
import { problemOf, telling } from './calls.ts';
import type { Run } from './run.ts';

/** Longer than one delivery is tried for: the last one may have to wait for one that is under way. */
const LONGEST_FAREWELL = 10 * 60_000;

/** Notices on their way, with the keys of all they are about. */
interface Delivery {
  readonly keys: ReadonlySet<string>;
  readonly over: Promise<void>;
}

/**
 * Tells people. Nothing waits for it but the end of the run, and that for a bounded time: what could not be told is shown,
 * kept in the journal, and stops nothing.
 */
export class Notices {
  readonly #run: Run;
  #open: readonly Matter[] = [];
  #pending: readonly Notice[] = [];
  #underWay: readonly Delivery[] = [];

  constructor(run: Run) {
    this.#run = run;
    void CancellationScope.nonCancellable(() => this.#deliver());
  }

  /** Tells people of what has just happened, as the run stands now. */
  tell(occasion: Occasion): void {
    const notice = noticeOf(occasion, this.#run.progress, this.#open);
    if (notice === null) return;
    const { key, severity, summary: text } = notice;
    this.#open = openAfter(this.#open, notice);
    this.#pending = [...this.#pending, notice];
    this.#run.record('paged', { key, severity, text });
  }

  /** Whether people were told of something under this subject that somebody has to look after. */
  isOpen(subject: string): boolean {
    const key = keyOf(this.#run.facts.golive, subject);
    return this.#open.some((matter) => matter.key === key);
  }

  /** Resolves when nothing is on its way any more, or when that has taken too long. */
  async delivered(): Promise<void> {
    const isIdle = () => this.#pending.length === 0 && this.#underWay.length === 0;
    await condition(isIdle, LONGEST_FAREWELL, {
      summary: labelOf('people', 'until they are told of the end'),
    });
  }

  /** What is told at one moment goes out together. */
  async #deliver(): Promise<never> {
    for (;;) {
      await condition(() => this.#pending.length > 0);
      const notices = this.#pending;
      this.#pending = [];
      const keys = new Set(notices.flatMap(({ key, ends }) => [key, ...ends.map((matter) => matter.key)]));
      // An end that overtakes what it ends would leave it open for good.
      const before = this.#underWay.filter((delivery) => [...delivery.keys].some((key) => keys.has(key)));
      const delivery = { keys, over: this.#deliverAfter(before, notices) };
      this.#underWay = [...this.#underWay, delivery];
      void delivery.over.then(() => (this.#underWay = this.#underWay.filter((it) => it !== delivery)));
    }
  }

  async #deliverAfter(before: readonly Delivery[], notices: readonly Notice[]): Promise<void> {
    await Promise.all(before.map(({ over }) => over));
    const [{ summary } = { summary: '' }] = notices;
    try {
      await telling(labelOf('people', `tell them: ${summary}`)).tellPeople({ notices });
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      this.#keepProblem(notices, problemOf(error).message);
    }
  }

  #keepProblem(notices: readonly Notice[], why: string): void {
    const { failed } = this.#run.facts.notifications;
    const at = new Date().toISOString();
    for (const { summary: text } of notices) this.#run.record('paging-failed', { text, why });
    const lastProblem = { at, notice: notices.at(-1)?.summary ?? '', why };
    this.#run.change({ notifications: { failed: failed + notices.length, lastProblem } });
  }
}
