import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LockMode } from '../../domain/object-lock.ts';
import { byPath, isSafePath, partsOf } from '../paths.ts';
import { EvidenceProblem } from '../problem.ts';
import type { Protection } from '../protection.ts';
import type { EvidenceStore, StoredFile } from '../store.ts';
import { decodeUtf8 } from '../../domain/utf8.ts';
import {
  headerOf,
  openExchange,
  surprising,
  type Answer,
  type Bucket,
  type Exchange,
  type Question,
} from './exchange.ts';
import { parseListing } from './listing.ts';

export interface S3Place extends Bucket {
  /** In front of every path; empty, or with a `/` at its end. */
  readonly prefix: string;
  /** For how long nobody may change or delete what is stored. */
  readonly objectLock: 'none' | { readonly mode: LockMode; readonly days: number };
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Stores tell the time of an object in whole seconds, by their own clock. */
const CLOCK_PRECISION_MS = 60_000;
const PATIENCE_MS = 10_000;
const FAILED_CONDITION = 412;
/** Two conditional writes at once: neither is told who won. */
const CONFLICT = 409;

/**
 * Evidence in a bucket. Every object is written on a condition (`If-None-Match: *`, or for lines `If-Match`), locked, and read
 * back before it counts. The store must keep conditions and be consistent after a write, as Amazon S3 is.
 */
export function openS3Store(place: S3Place): EvidenceStore {
  return new S3Store(place, openExchange(place));
}

class S3Store implements EvidenceStore {
  readonly #place: S3Place;
  readonly #ask: Exchange;

  constructor(place: S3Place, ask: Exchange) {
    this.#place = place;
    this.#ask = ask;
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const key = this.#keyOf(path);
    const answer = await this.#write(key, bytes, { 'if-none-match': '*' });
    // Also when we were told that it is taken: it can be by ourselves, and the answer was lost.
    if (isWritten(answer)) return this.#requireBytes(path, bytes, 'broken');
    if (isRefusedByCondition(answer)) return this.#requireBytes(path, bytes, 'conflict');
    throw surprising({ method: 'PUT', key }, answer);
  }

  async read(path: string): Promise<Uint8Array> {
    return (await this.#get(path)).body;
  }

  async exists(path: string): Promise<boolean> {
    const question = { method: 'HEAD', key: this.#keyOf(path) } as const;
    const answer = await this.#ask(question);
    if (answer.status === 200 || answer.status === 404) return answer.status === 200;
    throw surprising(question, answer);
  }

  async protectionOf(path: string): Promise<Protection> {
    const question = { method: 'HEAD', key: this.#keyOf(path) } as const;
    const answer = await this.#ask(question);
    if (answer.status === 404) throw missing(path);
    if (answer.status !== 200) throw surprising(question, answer);
    return protectionIn(answer, path, this.#place.objectLock);
  }

  async list(folder: string): Promise<readonly StoredFile[]> {
    const prefix = `${this.#keyOf(folder)}/`;
    const files: StoredFile[] = [];
    for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
      const page = await this.#page(prefix, next);
      for (const { key, sizeBytes } of page.objects) {
        const path = key.slice(this.#place.prefix.length);
        if (!isSafePath(path)) throw new EvidenceProblem('unsafe-path', `${folder}: something in it has no safe path`);
        files.push({ path, sizeBytes });
      }
      next = page.next;
    }
    return files.sort(byPath);
  }

  async appendLines(path: string, next: (stored: string) => string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const stored = await this.#lines(path);
      const lines = next(stored.text);
      if (lines !== '' && !lines.endsWith('\n')) throw new EvidenceProblem('unusable', 'a line without an end');
      if (lines === '') return;
      const whole = stored.text + lines;
      const answer = await this.#write(this.#keyOf(path), Buffer.from(whole, 'utf8'), stored.condition);
      if (isWritten(answer)) return this.#requireStart(path, whole);
      if (!isRefusedByCondition(answer)) throw surprising({ method: 'PUT', key: this.#keyOf(path) }, answer);
      if (Date.now() > deadline) throw new EvidenceProblem('busy', 'another writer holds the journal');
      await sleep(20 + Math.random() * 80);
    }
  }

  #keyOf(path: string): string {
    return this.#place.prefix + partsOf(path).join('/');
  }

  async #get(path: string): Promise<Answer> {
    const question = { method: 'GET', key: this.#keyOf(path) } as const;
    const answer = await this.#ask(question);
    if (answer.status === 200) return answer;
    if (isNoSuchKey(answer)) throw missing(path);
    throw surprising(question, answer);
  }

  #write(key: string, body: Uint8Array, condition: Readonly<Record<string, string>>): Promise<Answer> {
    const checksum = createHash('sha256').update(body).digest('base64');
    const headers = {
      ...condition,
      ...lockHeaders(this.#place.objectLock),
      // A store that locks objects wants to see for itself that what arrived is what was sent.
      'x-amz-sdk-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': checksum,
    };
    return this.#ask({ method: 'PUT', key, headers, body });
  }

  /** What lies there now and how it is protected: a store that says yes and keeps something else is found here. */
  async #requireBytes(path: string, bytes: Uint8Array, otherwise: 'broken' | 'conflict'): Promise<void> {
    const answer = await this.#get(path);
    if (!Buffer.from(answer.body).equals(bytes)) throw new EvidenceProblem(otherwise, `${path}: holds other bytes`);
    protectionIn(answer, path, this.#place.objectLock);
  }

  /** Somebody may have added to it meanwhile. */
  async #requireStart(path: string, text: string): Promise<void> {
    const answer = await this.#get(path);
    const bytes = Buffer.from(text, 'utf8');
    if (!Buffer.from(answer.body).subarray(0, bytes.length).equals(bytes))
      throw new EvidenceProblem('broken', `${path}: does not hold what was added`);
    protectionIn(answer, path, this.#place.objectLock);
  }

  async #lines(path: string): Promise<{ readonly text: string; readonly condition: Readonly<Record<string, string>> }> {
    const question = { method: 'GET', key: this.#keyOf(path) } as const;
    const answer = await this.#ask(question);
    if (isNoSuchKey(answer)) return { text: '', condition: { 'if-none-match': '*' } };
    const etag = headerOf(answer, 'etag');
    if (answer.status !== 200 || etag === undefined) throw surprising(question, answer);
    const text = decodeUtf8(answer.body);
    if (text === undefined) throw new EvidenceProblem('broken', 'the lines are not UTF-8');
    return { text, condition: { 'if-match': etag } };
  }

  async #page(prefix: string, next: string | undefined) {
    const question: Question = {
      method: 'GET',
      key: '',
      query: {
        'list-type': '2',
        'encoding-type': 'url',
        prefix,
        ...(next === undefined ? {} : { 'continuation-token': next }),
      },
    };
    const answer = await this.#ask(question);
    const page = answer.status === 200 ? parseListing(Buffer.from(answer.body).toString('utf8')) : undefined;
    if (page === undefined) throw surprising(question, answer);
    return page;
  }
}

function isWritten({ status }: Answer): boolean {
  return status === 200 || status === 201;
}

function isRefusedByCondition({ status }: Answer): boolean {
  return status === FAILED_CONDITION || status === CONFLICT;
}

/** A bucket that is not there is another matter. */
function isNoSuchKey({ status, body }: Answer): boolean {
  return status === 404 && Buffer.from(body).toString('utf8').includes('<Code>NoSuchKey</Code>');
}

function missing(path: string): EvidenceProblem {
  return new EvidenceProblem('missing', `${path}: is not in the store`);
}

function lockHeaders(lock: S3Place['objectLock']): Readonly<Record<string, string>> {
  if (lock === 'none') return {};
  const until = new Date(Date.now() + lock.days * DAY_MS).toISOString();
  return { 'x-amz-object-lock-mode': lock.mode, 'x-amz-object-lock-retain-until-date': until };
}

/** As the store tells it, which is all that can be known. Throws `broken` when it is less than what was asked for. */
function protectionIn(answer: Answer, path: string, wanted: S3Place['objectLock']): Protection {
  if (wanted === 'none') return { kind: 'create-only' };
  const mode = headerOf(answer, 'x-amz-object-lock-mode');
  const until = Date.parse(headerOf(answer, 'x-amz-object-lock-retain-until-date') ?? '');
  const written = Date.parse(headerOf(answer, 'last-modified') ?? '');
  const isLocked = mode === 'COMPLIANCE' || (mode === 'GOVERNANCE' && wanted.mode === 'GOVERNANCE');
  if (!isLocked) throw new EvidenceProblem('broken', `${path}: is not locked as the configuration says`);
  if (!(until >= written + wanted.days * DAY_MS - CLOCK_PRECISION_MS))
    throw new EvidenceProblem('broken', `${path}: is locked for a shorter time than the configuration says`);
  return { kind: 'object-lock', mode, until: new Date(until).toISOString() };
}
