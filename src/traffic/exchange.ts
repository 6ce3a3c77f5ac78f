import { ask, type Question } from '../http/ask.ts';
import { TrafficError, type TrafficProblem } from './port.ts';

/** One request to a router, complete. Of the answer `largest` bytes are read. */
export interface Exchange extends Omit<Question, 'largest'> {
  readonly largest: number;
}

/** What came back. Only an answer of status 200 is read. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends once. The signal comes from `askRouter`, which also words what goes wrong. */
export async function exchange({ largest, ...sent }: Exchange, signal: AbortSignal): Promise<Answer> {
  const isRead = (status: number) => status === 200;
  const { status, body } = await ask({ ...sent, largest: (head) => (isRead(head.status) ? largest : 0) }, signal);
  if (isRead(status) && body === undefined) {
    throw new TrafficError('surprising-shape', 'the router answered with too much');
  }
  return { status, text: body?.toString('utf8') ?? '' };
}

/** What a status says to whoever hoped for 200. */
export function problemOf(status: number): TrafficProblem {
  if (status === 429 || status >= 500) return 'no-answer';
  return status >= 400 ? 'refused' : 'surprising-shape';
}
