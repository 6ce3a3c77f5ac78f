import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailed } from './surroundings.ts';

const ASK_EVERY_MS = 100;

/** What `promise` answers, or the reason of `signal` as soon as it is aborted. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const listening = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: listening.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    listening.abort();
  }
}

/** Waits that many milliseconds, or throws the reason of `signal`. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await unlessAborted(delay(milliseconds, undefined, { signal }), signal);
}

/** Waits for as long as it takes, and throws the reason of `signal`. */
export async function whenAborted(signal: AbortSignal): Promise<never> {
  return unlessAborted(new Promise<never>(() => undefined), signal);
}

/**
 * Repeats `probe` until it no longer throws and answers what it answered.
 * @throws {CommandFailed} after `within` milliseconds, with the last problem; the reason of `signal` when that is aborted
 */
export async function untilReady<T>(
  what: string,
  probe: () => Promise<T>,
  { within, signal }: { readonly within: number; readonly signal: AbortSignal },
): Promise<T> {
  const giveUpAt = Date.now() + within;
  for (;;) {
    try {
      return await unlessAborted(probe(), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (Date.now() > giveUpAt) {
        const problem = error instanceof Error ? error.message : 'no answer';
        throw new CommandFailed(`The ${what} is not ready after ${Math.round(within / 1000)} s: ${problem}`);
      }
    }
    await pause(ASK_EVERY_MS, signal);
  }
}
