import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, errors, request } from 'undici';
import { LateError, NoAnswerError, type NoAnswerReason, SurprisingShapeError, type CallContext } from './errors.ts';

/** One request, complete. */
export interface Exchange {
  readonly call: CallContext;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** How much of a successful answer is read, in bytes. */
  readonly largestBody: number;
  /** The whole call, from connecting to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What came back, not yet judged. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, or why it was not read. */
  readonly body: Uint8Array | 'too large' | 'encoded';
  readonly elapsedMs: number;
}

export interface TransportOptions {
  /** Open connections at one time to each address. */
  readonly connections: number;
  /** How long one attempt to connect may occupy one of them, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** PEM of a private certificate authority, trusted beside the public ones. */
  readonly certificateAuthority?: string | undefined;
}

export interface Transport {
  /**
   * Sends once; never retries, follows nothing, decompresses nothing. Throws `NoAnswerError`, `LateError` or
   * `SurprisingShapeError`; when the caller's own signal ends the call, throws that signal's reason.
   */
  exchange(exchange: Exchange): Promise<RawAnswer>;
  /** Waits for running calls, then frees all connections; a call after that is a TypeError. */
  close(): Promise<void>;
}

/** An error envelope is small; more than this is not one. */
const LARGEST_ERROR_BODY = 65_536;

/** A pool of verified connections. */
export function openTransport({ connections, connectTimeoutMs, certificateAuthority }: TransportOptions): Transport {
  const agent = new Agent({
    connections,
    pipelining: 1,
    allowH2: false,
    // One deadline covers everything; undici's own would be per phase, and per chunk for bodies.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: connectTimeoutMs,
      // Said out loud so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot turn it off.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(certificateAuthority === undefined ? {} : { ca: [...rootCertificates, certificateAuthority] }),
    },
  });
  const running = new Set<Promise<RawAnswer>>();
  let closed = false;
  return {
    exchange: (exchange) => {
      if (closed) throw new TypeError('the client is closed');
      const answer = exchangeOver(agent, exchange);
      running.add(answer);
      const ended = () => running.delete(answer);
      answer.then(ended, ended);
      return answer;
    },
    close: async () => {
      closed = true;
      await Promise.allSettled(running);
      // Closing would also wait for connection attempts that nobody waits for any more.
      await agent.destroy();
    },
  };
}

async function exchangeOver(agent: Agent, exchange: Exchange): Promise<RawAnswer> {
  exchange.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(exchange.timeoutMs);
  const signal = exchange.signal === undefined ? deadline : AbortSignal.any([exchange.signal, deadline]);
  try {
    // Undici looks at the signal only once it has a connection, so waiting for one must be ended here.
    return await Promise.race([sendAndRead(agent, exchange, signal), endOf(signal)]);
  } catch (error) {
    exchange.signal?.throwIfAborted();
    if (deadline.aborted) throw new LateError(exchange.call, exchange.timeoutMs);
    throw failureOf(error, exchange.call);
  }
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
  });
}

async function sendAndRead(agent: Agent, exchange: Exchange, signal: AbortSignal): Promise<RawAnswer> {
  const started = performance.now();
  const { statusCode, headers, body } = await request(exchange.url, {
    dispatcher: agent,
    method: exchange.call.method,
    headers: exchange.headers,
    body: exchange.body ?? null,
    signal,
  });
  const largest = statusCode >= 200 && statusCode < 300 ? exchange.largestBody : LARGEST_ERROR_BODY;
  const read = await readAtMost(body, headers, largest);
  return { status: statusCode, headers, body: read, elapsedMs: performance.now() - started };
}

type Body = Dispatcher.ResponseData['body'];

/** Ends the connection in the middle of a body. The stream reports that as an error, which is no news to us. */
function cut(body: Body): void {
  body.on('error', () => undefined);
  body.destroy();
}

async function readAtMost(body: Body, headers: RawAnswer['headers'], largest: number): Promise<RawAnswer['body']> {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    cut(body);
    return 'encoded';
  }
  if (Number(headers['content-length']) > largest) {
    cut(body);
    return 'too large';
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > largest) return 'too large';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reaching somebody is what failed; a lost route can also break a connection over which a request already went. */
const REACHING = new Set(['connect', 'getaddrinfo']);
const CERTIFICATE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|EPROTO$)/;
const BROKEN_HTTP = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW$)/;

/** Keeps only which of our own words fits: undici's errors carry sockets, hosts and parts of answers. */
function failureOf(thrown: unknown, call: CallContext): Error {
  // Several addresses that all failed come as one error, whose own members may be missing.
  const error: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code = wordOf(error, 'code');
  if (BROKEN_HTTP.test(code) || error instanceof errors.HTTPParserError) {
    return new SurprisingShapeError(call, { status: undefined, issues: [{ path: '', expected: 'well-formed HTTP' }] });
  }
  return new NoAnswerError(call, reasonOf(code, wordOf(error, 'syscall')));
}

function reasonOf(code: string, systemCall: string): NoAnswerReason {
  if (REACHING.has(systemCall) || code === 'UND_ERR_CONNECT_TIMEOUT') return 'unreachable';
  return CERTIFICATE.test(code) ? 'untrusted-certificate' : 'connection-lost';
}

function wordOf(error: unknown, member: 'code' | 'syscall'): string {
  const word = error instanceof Error ? (error as NodeJS.ErrnoException)[member] : undefined;
  return typeof word === 'string' ? word : '';
}
