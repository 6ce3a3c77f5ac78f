import { DeadlinePassed, within } from '../http/deadline.ts';
import { TrafficError } from './port.ts';

/**
 * Asks a router, within so many milliseconds; what is still open afterwards is torn down.
 * @throws {TrafficError} its own, `late`, or `no-answer` for whatever else went wrong: causes carry addresses and headers.
 * Rejects with the caller's reason when the caller aborts.
 */
export async function askRouter<T>(
  milliseconds: number,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await within(milliseconds, caller, work);
  } catch (error) {
    if (error instanceof TrafficError) throw error;
    caller.throwIfAborted();
    if (error instanceof DeadlinePassed) {
      throw new TrafficError('late', `the router did not answer within ${milliseconds} ms`);
    }
    throw new TrafficError('no-answer', 'the router did not answer');
  }
}
