import { AwsV4Signer } from 'aws4fetch';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from 'undici';
import { besidePublicOnes, verifiedAgent } from '../../http/agent.ts';
import { ask, type Head } from '../../http/ask.ts';
import { DeadlinePassed, within } from '../../http/deadline.ts';
import { EvidenceProblem } from '../problem.ts';

/** A bucket and who asks. Nothing of it may reach a message. */
export interface Bucket {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** PEM of a private certificate authority, trusted beside the public ones. */
  readonly certificateAuthority?: string | undefined;
}

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** Of the object; '' for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Answer extends Head {
  readonly body: Uint8Array;
}

/** Asks the store, a few times where that can help. Throws `unavailable` when there is no answer that can be used. */
export type Exchange = (question: Question) => Promise<Answer>;

const WITHIN_MS = 15_000;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;
/** Far more than any file of a bundle. */
const LARGEST_BODY_BYTES = 256 * 1024 * 1024;
/** Asked too fast, or the store is not well: says nothing about the question. */
const PASSING: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Signed requests (Signature Version 4, payload included) to one bucket, addressed in the path. */
export function openExchange(bucket: Bucket): Exchange {
  const trusted = besidePublicOnes(bucket.certificateAuthority);
  const agent = verifiedAgent({ connections: 16, connectTimeoutMs: 5_000, ...trusted });
  return async (question) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await once(agent, bucket, question);
      const isUsable = typeof answer !== 'string' && !PASSING.includes(answer.status);
      if (isUsable) return answer;
      if (attempt === ATTEMPTS) throw unavailable(question, typeof answer === 'string' ? answer : codeIn(answer));
      await sleep(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  };
}

/** The store answered, but not what can be worked with: its own code goes into the message, and nothing else of it. */
export function surprising(question: Pick<Question, 'method' | 'key'>, answer: Answer): EvidenceProblem {
  return unavailable(question, codeIn(answer));
}

/** A header that comes once. */
export function headerOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

async function once(agent: Agent, bucket: Bucket, question: Question): Promise<Answer | string> {
  const signed = await sign(bucket, question);
  const { method, body } = question;
  const headers = Object.fromEntries(signed.headers);
  const asked = { dispatcher: agent, method, url: signed.url.href, headers, body, largest: () => LARGEST_BODY_BYTES };
  try {
    const answer = await within(WITHIN_MS, undefined, (signal) => ask(asked, signal));
    return answer.body === undefined ? 'an answer that is too large' : { ...answer, body: answer.body };
  } catch (error) {
    if (error instanceof DeadlinePassed) return `no answer within ${WITHIN_MS / 1000} s`;
    return `no answer (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`;
  }
}

function sign(bucket: Bucket, { method, key, query = {}, headers = {}, body }: Question) {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = bucket;
  // Encoded here: the signer would take a `+` for a blank.
  const path = [bucket.bucket, ...(key === '' ? [] : key.split('/'))].map(encodeURIComponent).join('/');
  const url = new URL(`${endpoint.replace(/\/+$/, '')}/${path}`);
  url.search = new URLSearchParams(query).toString();
  return new AwsV4Signer({
    method,
    url: url.href,
    service: 's3',
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    headers: {
      ...headers,
      'x-amz-content-sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
    },
  }).sign();
}

function codeIn({ status, body }: Answer): string {
  const code = /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(Buffer.from(body.subarray(0, 4096)).toString('utf8'))?.[1];
  return `${status}${code === undefined ? '' : ` ${code}`}`;
}

function unavailable({ method, key }: Pick<Question, 'method' | 'key'>, why: string): EvidenceProblem {
  return new EvidenceProblem(
    'unavailable',
    `${key === '' ? 'the bucket' : key}: the store answered ${method} with ${why}`,
  );
}
