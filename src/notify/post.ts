import { Agent, request, type Dispatcher } from 'undici';
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
/** Nobody is waited for longer than this, whatever they ask for. */
const LONGEST_WAIT = 60 * 60_000;

/** Calls of its own connections: one attempt, no redirects, and of an answer nothing is read but the status. */
export function openPost(deadline = DEADLINE): Post {
  const agent = new Agent({
    connections: 4,
    headersTimeout: 0,
    // Said out loud so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot turn it off.
    connect: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
  });
  return async (parcel) => {
    const { place, signal } = parcel;
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(deadline);
    const either = AbortSignal.any([signal, limit]);
    try {
      // Undici looks at the signal only once it has a connection, so waiting for one must be ended here.
      return judge(place, await Promise.race([send(agent, parcel, either), endOf(either)]));
    } catch (error) {
      if (error instanceof PagerError) throw error;
      signal.throwIfAborted();
      if (limit.aborted) throw new PagerError('late', `${place}: no answer within ${deadline} ms`);
      // The cause would carry the address.
      throw new PagerError('no-answer', `${place}: no answer`);
    }
  };
}

type Head = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>;

async function send(agent: Agent, { url, body }: Parcel, signal: AbortSignal): Promise<Head> {
  const {
    statusCode,
    headers,
    body: answer,
  } = await request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/plain' },
    body: JSON.stringify(body),
    signal,
  });
  // The stream reports that it was cut as an error, which is no news to us.
  answer.on('error', () => undefined);
  answer.destroy();
  return { statusCode, headers };
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
  });
}

function judge(place: string, { statusCode, headers }: Head): number {
  if (statusCode >= 200 && statusCode < 300) return statusCode;
  const wait = waitOf(headers['retry-after']);
  if (statusCode === 429) throw new PagerError('throttled', `${place}: throttled`, wait);
  if (statusCode >= 500) throw new PagerError('unavailable', `${place}: unavailable with ${statusCode}`, wait);
  throw new PagerError('refused', `${place}: refused with ${statusCode}`);
}

/** Milliseconds out of a `Retry-After` in seconds; the pagers there are say nothing else. */
function waitOf(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, LONGEST_WAIT);
}
