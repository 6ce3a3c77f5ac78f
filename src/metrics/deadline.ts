/** Why a call was ended when it was not its caller who ended it. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  /** The deadline that passed. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
    this.milliseconds = milliseconds;
  }
}

/**
 * One deadline over the whole work: its signal aborts with {@link DeadlinePassed}, with the caller's reason when the caller
 * gives up, and in any case when the work is over, so that nothing stays open.
 */
export async function withinDeadline<T>(
  milliseconds: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted();
  // One controller a work, torn down with it: signals combined with AbortSignal.any stay in memory for as long as the
  // caller's signal lives, which for a watch is a day.
  const controller = new AbortController();
  const giveUp = () => controller.abort(caller?.reason);
  const timer = setTimeout(() => controller.abort(new DeadlinePassed(milliseconds)), milliseconds);
  caller?.addEventListener('abort', giveUp, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', giveUp);
    controller.abort();
  }
}
