/** What went wrong with one pager, by what can be done about it. */
export type PagerProblem = 'no-answer' | 'late' | 'throttled' | 'unavailable' | 'refused';

/**
 * A pager did not accept a notice. The message names neither address nor key nor anything that was answered, and there is no
 * cause: errors end up in workflow history, where causes are written out word for word.
 */
export class PagerError extends Error {
  override readonly name = 'PagerError';
  readonly problem: PagerProblem;
  /** Milliseconds for which it asked to be left alone; undefined when it said nothing usable. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: PagerProblem, message: string, retryAfterMs?: number) {
    super(message);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Not everybody was told. The message says how many pagers failed and why, by their place in the configuration. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
  /** Set when every pager that failed asked to be left alone: one that did not is tried again soon. */
  readonly retryAfterMs: number | undefined;

  constructor(problems: readonly PagerError[], pagers: number) {
    super(
      `${problems.length} of ${pagers} pagers did not accept (${problems.map(({ message }) => message).join('; ')})`,
    );
    const waits = problems.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
    this.retryAfterMs = waits.length === problems.length ? Math.min(...waits) : undefined;
  }
}
