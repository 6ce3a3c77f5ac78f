import { request, type Dispatcher } from 'undici';
import { TrafficError, type TrafficProblem } from './port.ts';

/** One request to a router, complete. */
export interface Exchange {
  readonly method: 'GET' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What holds the connection, where it is not an ordinary one. */
  readonly dispatcher?: Dispatcher;
  /** How much of the answer is read, in bytes. */
  readonly largest: number;
}

/** What came back. Only an answer of status 200 is read. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends once, follows nothing, decompresses nothing. The signal comes from `within`, which also words what goes wrong. */
export async function exchange(sent: Exchange, signal: AbortSignal): Promise<Answer> {
  const { url, method, headers, largest, dispatcher } = sent;
  const { statusCode, body } = await request(url, {
    method,
    headers,
    signal,
    body: sent.body ?? null,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (statusCode === 200) return { status: statusCode, text: await readText(body, largest) };
  void body.dump().catch(() => undefined);
  return { status: statusCode, text: '' };
}

/** What a status says to whoever hoped for 200. */
export function problemOf(status: number): TrafficProblem {
  if (status === 429 || status >= 500) return 'no-answer';
  return status >= 400 ? 'refused' : 'surprising-shape';
}

async function readText(body: AsyncIterable<Buffer>, largest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largest) throw new TrafficError('surprising-shape', 'the router answered with too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
