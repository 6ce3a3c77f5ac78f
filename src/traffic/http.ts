import { request } from 'undici';
import { z } from 'zod';
import { TrafficError, type Share, type TrafficPort } from './port.ts';

/** Where and how the router's share is read and moved. */
export interface HttpTrafficOptions {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** Milliseconds for one call, from connecting to the last byte. */
  readonly deadline?: number;
}

const DEFAULT_DEADLINE = 5_000;
const LARGEST_ANSWER = 16_384;

/** The version travels back in a header, so it must be visible ASCII. */
const share = z.strictObject({
  percent: z.number().min(0).max(100),
  version: z.string().regex(/^[\x21-\x7e]{1,200}$/),
});

type Call = { method: 'GET' } | { method: 'PUT'; percent: number; version: string };

/** The `http` adapter: `GET` reads `{percent, version}`, `PUT {percent}` with `If-Match` moves it, 412 means somebody else did. */
export function httpTraffic({ url, token, deadline = DEFAULT_DEADLINE }: HttpTrafficOptions): TrafficPort {
  const call = (what: Call, signal: AbortSignal) =>
    within(deadline, signal, async (limited) => parse(await exchange(url, token, what, limited)));
  return {
    read: (signal) => call({ method: 'GET' }, signal),
    set: async (to, expected, signal) => {
      if (!(to >= 0 && to <= 100)) throw new RangeError('a share lies between 0 and 100 percent');
      return call({ method: 'PUT', percent: to, version: expected.version }, signal);
    },
  };
}

async function exchange(url: string, token: string | undefined, call: Call, signal: AbortSignal): Promise<string> {
  const { statusCode, body } = await request(url, {
    method: call.method,
    signal,
    headers: {
      accept: 'application/json',
      'cache-control': 'no-cache',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(call.method === 'PUT' ? { 'content-type': 'application/json', 'if-match': call.version } : {}),
    },
    body: call.method === 'PUT' ? JSON.stringify({ percent: call.percent }) : null,
  });
  if (statusCode !== 200) {
    void body.dump().catch(() => undefined);
    throw refusal(statusCode, call);
  }
  return readText(body);
}

function refusal(status: number, { method }: Call): TrafficError {
  if (status === 412 && method === 'PUT') {
    return new TrafficError('moved-by-somebody-else', 'the share was moved by somebody else');
  }
  const detail = `the router answered ${method} with status ${status}`;
  if (status === 429 || status >= 500) return new TrafficError('no-answer', detail);
  return new TrafficError(status >= 400 ? 'refused' : 'surprising-shape', detail);
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new TrafficError('surprising-shape', 'the router answered with too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Share {
  try {
    return share.parse(JSON.parse(text));
  } catch {
    // The cause would repeat the body.
    throw new TrafficError('surprising-shape', 'the router did not answer with a percent and a version');
  }
}

/** One deadline over the whole call; what is still open afterwards is torn down. */
async function within<T>(
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
    return await work(controller.signal);
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
