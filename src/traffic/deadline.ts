import { TrafficError } from './port.ts';

/**
 * One deadline, in milliseconds, over the whole work, whose signal ends with it; what is still open afterwards is torn down.
 * @throws {TrafficError} its own, `late`, or `no-answer` for whatever else went wrong: causes carry addresses and headers.
 * Rejects with the caller's reason when the caller aborts.
 */
export async function within<T>(
  milliseconds: number,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  caller.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  caller.addEventListener('abort', abort, { once: true });
  try {
    // Libraries look at the signal only at some moments; undici, for one, not while it connects.
    return await Promise.race([work(controller.signal), endOf(controller.signal)]);
  } catch (error) {
    if (error instanceof TrafficError) throw error;
    caller.throwIfAborted();
    if (controller.signal.aborted)
      throw new TrafficError('late', `the router did not answer within ${milliseconds} ms`);
    throw new TrafficError('no-answer', 'the router did not answer');
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', abort);
    abort();
  }
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
  });
}
