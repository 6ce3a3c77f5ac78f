import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BUCKET } from './bucket-place.ts';
import { isWellSigned } from './signature-v4.ts';

/** What a bucket server does with the next request that a wish fits, once. */
export type Mischief =
  | 'server-error' // answers 500
  | 'throttle' // answers 503 SlowDown
  | 'late' // works, and answers after the wish's delay
  | 'lose-answer' // works, and cuts the connection instead of answering
  | 'cut' // does nothing and cuts the connection
  | 'deny' // answers 403 AccessDenied
  | 'forget' // answers 200 and keeps nothing
  | 'garble' // answers 200 and keeps something else
  | 'unlock' // keeps it without a lock
  | 'shorten'; // locks it for a day only

export interface Wish {
  readonly method: string;
  /** How the path must end; any path without it. */
  readonly ending?: string;
  readonly mischief: Mischief;
  readonly delayMs?: number;
  /** How often; once without it. */
  readonly times?: number;
}

interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly written: Date;
  readonly lock: { readonly mode: string; readonly until: string } | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A bucket with object lock over HTTP, as much of S3 as evidence needs. It computes every signature itself, with the key that
 * it knows, over the request as it arrived; it checks digests, keeps conditions and locks, and never replaces a locked version.
 */
export class BucketServer {
  readonly #server: Server;
  readonly #objects = new Map<string, StoredObject>();
  #wishes: { wish: Wish; left: number }[] = [];
  /** Method and key of every request that was well signed. */
  readonly asked: string[] = [];
  /** Hears of every request before anything is done about it. */
  whenAsked: () => void = () => undefined;
  /** Objects of a page of a listing. */
  pageSize = 1000;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<BucketServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new BucketServer(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  wish(wish: Wish): void {
    this.#wishes.push({ wish, left: wish.times ?? 1 });
  }

  /** Everything is as it should be again. */
  behave(): void {
    this.#wishes = [];
  }

  /** Keys of what is stored. */
  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /** Changes what is stored behind everybody's back. */
  overwrite(key: string, body: string): void {
    const stored = this.#objects.get(key);
    if (stored === undefined) throw new Error(`there is no ${key}`);
    this.#objects.set(key, { ...stored, body: Buffer.from(body), etag: `"${randomUUID()}"` });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', this.endpoint);
    const refusal = refusalOf(request, body);
    if (refusal !== undefined) return fail(response, ...refusal);
    const [, bucket, ...parts] = url.pathname.split('/').map(decodeURIComponent);
    if (bucket !== BUCKET) return fail(response, 404, 'NoSuchBucket');
    const key = parts.join('/');
    this.asked.push(`${request.method} ${key}`);
    this.whenAsked();
    const wish = this.#wishFor(request.method ?? '', key);
    switch (wish?.mischief) {
      case 'server-error':
        return fail(response, 500, 'InternalError');
      case 'throttle':
        return fail(response, 503, 'SlowDown');
      case 'deny':
        return fail(response, 403, 'AccessDenied');
      case 'cut':
        return void response.destroy();
      case 'lose-answer':
        this.#answer(request, new Discarded(), key, url, body, wish);
        return void response.destroy();
      case 'late':
        await delay(wish.delayMs ?? 1000);
        return this.#answer(request, response, key, url, body, wish);
      default:
        return this.#answer(request, response, key, url, body, wish);
    }
  }

  #wishFor(method: string, key: string): Wish | undefined {
    const found = this.#wishes.find(
      ({ wish, left }) => left > 0 && wish.method === method && key.endsWith(wish.ending ?? ''),
    );
    if (found !== undefined) found.left -= 1;
    return found?.wish;
  }

  #answer(
    { method, headers }: IncomingMessage,
    response: ServerResponse | Discarded,
    key: string,
    url: URL,
    body: Buffer,
    wish: Wish | undefined,
  ): void {
    if (method === 'PUT') return this.#put(headers, response, key, body, wish);
    if (key === '') return this.#list(url.searchParams, response);
    const stored = this.#objects.get(key);
    if (stored === undefined) return fail(response, 404, 'NoSuchKey', method === 'HEAD');
    const { etag, written, lock } = stored;
    response.writeHead(200, {
      etag,
      'last-modified': written.toUTCString(),
      'content-length': stored.body.length,
      ...(lock === undefined
        ? {}
        : { 'x-amz-object-lock-mode': lock.mode, 'x-amz-object-lock-retain-until-date': lock.until }),
    });
    response.end(method === 'HEAD' ? undefined : stored.body);
  }

  #put(
    headers: IncomingMessage['headers'],
    response: ServerResponse | Discarded,
    key: string,
    body: Buffer,
    wish: Wish | undefined,
  ): void {
    const stored = this.#objects.get(key);
    if (headers['if-none-match'] === '*' && stored !== undefined) return fail(response, 412, 'PreconditionFailed');
    const match = headers['if-match'];
    if (match !== undefined && stored === undefined) return fail(response, 404, 'NoSuchKey');
    if (match !== undefined && match !== stored?.etag) return fail(response, 412, 'PreconditionFailed');
    if (headers['if-none-match'] === undefined && match === undefined)
      return fail(response, 400, 'WrittenWithoutCondition');
    const etag = `"${randomUUID()}"`;
    if (wish?.mischief !== 'forget') {
      const written = new Date();
      const kept = wish?.mischief === 'garble' ? Buffer.from(body).fill(0x20, 0, 1) : body;
      this.#objects.set(key, { body: kept, etag, written, lock: lockOf(headers, wish, written) });
    }
    response.writeHead(200, { etag });
    response.end();
  }

  #list(query: URLSearchParams, response: ServerResponse | Discarded): void {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const found = this.keys()
      .filter((key) => key.startsWith(prefix) && key > after)
      .sort();
    const page = found.slice(0, this.pageSize);
    const isTruncated = found.length > page.length;
    const contents = page.map((key) => {
      const size = this.#objects.get(key)?.body.length ?? 0;
      const name = encodeURIComponent(key).replaceAll('%2F', '/');
      return `<Contents><Key>${name}</Key><Size>${size}</Size></Contents>`;
    });
    const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>` +
        `${next}${contents.join('')}</ListBucketResult>`,
    );
  }
}

/** Status and code of what S3 says to a request that is not signed as it must be, or whose payload is another. */
function refusalOf(request: IncomingMessage, body: Buffer): [number, string] | undefined {
  const digest = createHash('sha256').update(body);
  if (request.headers['x-amz-content-sha256'] !== digest.copy().digest('hex'))
    return [400, 'XAmzContentSHA256Mismatch'];
  const checksum = request.headers['x-amz-checksum-sha256'];
  if (checksum !== undefined && checksum !== digest.digest('base64')) return [400, 'BadDigest'];
  if (request.headers['x-amz-object-lock-mode'] !== undefined && checksum === undefined) return [400, 'InvalidRequest'];
  return isWellSigned(request) ? undefined : [403, 'SignatureDoesNotMatch'];
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function lockOf(headers: IncomingMessage['headers'], wish: Wish | undefined, written: Date): StoredObject['lock'] {
  const mode = headers['x-amz-object-lock-mode'];
  const until = headers['x-amz-object-lock-retain-until-date'];
  if (typeof mode !== 'string' || typeof until !== 'string' || wish?.mischief === 'unlock') return undefined;
  return wish?.mischief === 'shorten'
    ? { mode, until: new Date(written.getTime() + DAY_MS).toISOString() }
    : { mode, until };
}

function fail(response: ServerResponse | Discarded, status: number, code: string, isHead = false): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(isHead ? undefined : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
}

/** An answer that nobody gets. */
class Discarded {
  writeHead(): void {}

  end(): void {}
}
