import { verifiedAgent } from '../http/agent.ts';
import { ask, type Head } from '../http/ask.ts';
import { DeadlinePassed, within } from '../http/deadline.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { PagerError } from './errors.ts';

/** A JSON document on its way to a pager. */
export interface Parcel {
  /** How errors name the pager. */
  readonly place: string;
  readonly url: string;
  readonly body: object;
  readonly signal: AbortSignal;
}

/** Sends once and answers the status; every status but a success throws {@link PagerError}. */
export type Post = (parcel: Parcel) => Promise<number>;

/** For the whole call, from connecting to the status. */
const DEADLINE = 10_000;

/** Calls of its own connections: one attempt, no redirects, and of an answer nothing is read but the status. */
export function openPost(deadline = DEADLINE): Post {
  const dispatcher = verifiedAgent({ connections: 4 });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/plain' };
  return async ({ place, url, body, signal }) => {
    const question = {
      dispatcher,
      method: 'POST',
      url,
      headers,
      body: JSON.stringify(body),
      largest: () => 0,
    } as const;
    try {
      return judge(place, await within(deadline, signal, (limited) => ask(question, limited)));
    } catch (error) {
      if (error instanceof PagerError) throw error;
      signal.throwIfAborted();
      if (error instanceof DeadlinePassed) throw new PagerError('late', `${place}: ${error.message}`);
      // The cause would carry the address.
      throw new PagerError('no-answer', `${place}: no answer`);
    }
  };
}

function judge(place: string, { status, headers }: Head): number {
  if (status >= 200 && status < 300) return status;
  const asked = headers['retry-after'];
  const wait = typeof asked === 'string' ? parseRetryAfter(asked, Date.now()) : undefined;
  if (status === 429) throw new PagerError('throttled', `${place}: throttled`, wait);
  if (status >= 500) throw new PagerError('unavailable', `${place}: unavailable with ${status}`, wait);
  throw new PagerError('refused', `${place}: refused with ${status}`);
}
