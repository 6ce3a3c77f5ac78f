import type { IncomingMessage, RequestListener } from 'node:http';
import { serve } from '../support/local-server.ts';

/** What reached a pager. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

interface Receiver {
  readonly url: string;
  readonly received: Received[];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** A real server in the place of a pager, which keeps what it gets and answers as `answer` does. */
export async function receiver(answer: RequestListener): Promise<Receiver> {
  const received: Received[] = [];
  const url = await serve((request, response) => {
    void bodyOf(request).then((body) => {
      received.push({ method: request.method, path: request.url, type: request.headers['content-type'], body });
      answer(request, response);
    });
  });
  return { url, received };
}

/** Answers with this status and nothing else. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(code, headers).end();
  };
