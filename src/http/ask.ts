import { request, type Dispatcher } from 'undici';
import { verifiedAgent } from './agent.ts';

export type Method = 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT';

/** One request, complete. */
export interface Question {
  readonly method: Method;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** What holds the connections, where they are not ordinary ones. */
  readonly dispatcher?: Dispatcher;
  /** How much of a body is read, in bytes, by how the answer begins; with 0 it is left unread. */
  readonly largest: (head: Head) => number;
}

/** How an answer begins. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Answer extends Head {
  /** Undefined where it was left unread, or had more than `largest` bytes. */
  readonly body: Buffer | undefined;
}

const ordinary = verifiedAgent();

/**
 * Sends once: repeats nothing, follows nothing, decompresses nothing. The signal comes from `within`, which also gives up
 * waiting; what goes wrong on the way is undici's error, which carries addresses and headers and must go no further.
 */
export async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
  const { url, method, headers, body = null, dispatcher = ordinary, largest } = question;
  const answer = await request(url, { dispatcher, method, headers, body, signal });
  const head = { status: answer.statusCode, headers: answer.headers };
  const most = largest(head);
  // The length that the answer to a HEAD announces is that of another one.
  const announced = method === 'HEAD' ? 0 : Number(head.headers['content-length'] ?? 0);
  if (most > 0 && !(announced > most)) return { ...head, body: await atMost(answer.body, most) };
  cut(answer.body);
  return { ...head, body: undefined };
}

type Body = Dispatcher.ResponseData['body'];

async function atMost(body: Body, largest: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Ends the connection in the middle of a body. The stream reports that as an error, which is no news to us. */
function cut(body: Body): void {
  body.on('error', () => undefined);
  body.destroy();
}
