import { z } from 'zod';
import { askRouter } from './ask-router.ts';
import { exchange, problemOf } from './exchange.ts';
import { assertPercent, TrafficError, type Share, type TrafficPort } from './port.ts';

/** Where and how the router's share is read and moved. */
export interface HttpTrafficOptions {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  /** Milliseconds for one call, from connecting to the last byte. */
  readonly deadline?: number;
  /** Milliseconds after which the router takes back what nobody has renewed. Renewing must not change the version. */
  readonly lease?: number | undefined;
}

const DEFAULT_DEADLINE = 5_000;
const LARGEST_ANSWER = 16_384;

/** The version travels back in a header, so it must be visible ASCII. */
const share = z.strictObject({
  percent: z.number().min(0).max(100),
  version: z.string().regex(/^[\x21-\x7e]{1,200}$/),
});

type Call = { method: 'GET' } | { method: 'PUT'; percent: number; version: string; ttl?: number };

/**
 * The `http` adapter: `GET` reads `{percent, version}`, `PUT {percent}` with `If-Match` moves it, 412 means somebody else did.
 * With a lease, `PUT {percent, ttl}` moves it for so many seconds.
 */
export function httpTraffic({ url, token, deadline = DEFAULT_DEADLINE, lease }: HttpTrafficOptions): TrafficPort {
  const call = (what: Call, signal: AbortSignal) =>
    askRouter(deadline, signal, async (limited) => parse(await answerTo(url, token, what, limited)));
  const setFor =
    (ttl?: number): TrafficPort['set'] =>
    async (to, { version }, signal) => {
      assertPercent(to);
      return call({ method: 'PUT', percent: to, version, ...(ttl === undefined ? {} : { ttl }) }, signal);
    };
  return {
    read: (signal) => call({ method: 'GET' }, signal),
    set: setFor(),
    ...(lease === undefined ? {} : { lease: { renewEvery: lease / 3, set: setFor(lease / 1000) } }),
  };
}

async function answerTo(url: string, token: string | undefined, call: Call, signal: AbortSignal): Promise<string> {
  const { method } = call;
  const headers = {
    accept: 'application/json',
    'cache-control': 'no-cache',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(call.method === 'PUT' ? { 'content-type': 'application/json', 'if-match': call.version } : {}),
  };
  const body = call.method === 'PUT' ? { body: JSON.stringify({ percent: call.percent, ttl: call.ttl }) } : {};
  const { status, text } = await exchange({ method, url, headers, largest: LARGEST_ANSWER, ...body }, signal);
  if (status === 200) return text;
  if (status === 412 && method === 'PUT') {
    throw new TrafficError('moved-by-somebody-else', 'the share was moved by somebody else');
  }
  throw new TrafficError(problemOf(status), `the router answered ${method} with status ${status}`);
}

function parse(text: string): Share {
  try {
    return share.parse(JSON.parse(text));
  } catch {
    // The cause would repeat the body.
    throw new TrafficError('surprising-shape', 'the router did not answer with a percent and a version');
  }
}
