import { errors, type Agent } from 'undici';
import { besidePublicOnes, verifiedAgent } from '../http/agent.ts';
import { ask, type Head } from '../http/ask.ts';
import { DeadlinePassed, within } from '../http/deadline.ts';
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
export interface RawAnswer extends Head {
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
  const agent = verifiedAgent({ connections, connectTimeoutMs, ...besidePublicOnes(certificateAuthority) });
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
  const { call, url, headers, body, timeoutMs, signal } = exchange;
  const largest = (head: Head) => largestOf(head, exchange.largestBody);
  const question = { dispatcher: agent, method: call.method, url, headers, body, largest };
  try {
    return await within(timeoutMs, signal, async (limited) => {
      const started = performance.now();
      const answer = await ask(question, limited);
      const read = answer.body ?? (isEncoded(answer) ? 'encoded' : 'too large');
      return { ...answer, body: read, elapsedMs: performance.now() - started };
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DeadlinePassed) throw new LateError(call, timeoutMs);
    throw failureOf(error, call);
  }
}

function largestOf(head: Head, largestBody: number): number {
  if (isEncoded(head)) return 0;
  return head.status >= 200 && head.status < 300 ? largestBody : LARGEST_ERROR_BODY;
}

function isEncoded({ headers }: Head): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding !== 'identity';
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
