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
 * One deadline, in milliseconds, over the whole work, whose signal ends with it, so that nothing stays open.
 * @throws {DeadlinePassed} when it passes; the caller's reason when the caller gives up; else what the work throws
 */
export async function within<T>(
  milliseconds: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted();
  // One controller a work, torn down with it: signals combined with AbortSignal.any stay in memory for as long as the
  // caller's signal lives, which for a watch is a day.
  const controller = new AbortController();
  const { signal } = controller;
  const giveUp = () => controller.abort(caller?.reason);
  const timer = setTimeout(() => controller.abort(new DeadlinePassed(milliseconds)), milliseconds);
  caller?.addEventListener('abort', giveUp, { once: true });
  try {
    // Libraries look at the signal only at some moments; undici, for one, not while it connects.
    return await Promise.race([work(signal), endOf(signal)]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', giveUp);
    controller.abort();
  }
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
  });
}
