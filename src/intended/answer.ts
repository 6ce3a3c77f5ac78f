import type { z } from 'zod';
import {
  RefusedError,
  type ShapeIssue,
  SurprisingShapeError,
  ThrottledError,
  UnavailableError,
  type CallContext,
} from './errors.ts';
import { parseHttpDate } from '../http/http-date.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { parseStrictJson } from '../domain/strict-json.ts';
import type { RawAnswer } from './transport.ts';
import { errorEnvelope } from './wire/common.ts';

/** A parsed answer with the facts around it. */
export interface Answer<Value> {
  readonly value: Value;
  /** The platform's id of this request, when it told one. */
  readonly requestId: string | undefined;
  /** The platform's clock when it answered, in milliseconds since the epoch, when it told. */
  readonly dateMs: number | undefined;
  /** From before connecting until the last byte was read. */
  readonly elapsedMs: number;
}

/** The outcome of reading something that may not fit. */
export type Reading<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly issues: readonly ShapeIssue[] };

/** How one operation's answers are read. */
export interface AnswerRule<Value> {
  readonly call: CallContext;
  /** The statuses whose body can be an answer. */
  readonly statuses: readonly number[];
  read(raw: RawAnswer): Reading<Value>;
  /** Our key, which must not be repeated whatever answer it turns up in. */
  readonly credential: string | null;
}

const MOST_ISSUES = 5;

export const misfit = (path: string, expected: string): { ok: false; issues: ShapeIssue[] } => ({
  ok: false,
  issues: [{ path, expected }],
});

/** Turns an answer into its value, or throws what the caller can act on. */
export function judge<Value>(raw: RawAnswer, rule: AnswerRule<Value>): Answer<Value> {
  const envelope = readEnvelope(raw, rule.credential);
  const call = { ...rule.call, requestId: envelope?.requestId ?? headerRequestId(raw, rule.credential) };
  if (rule.statuses.includes(raw.status)) {
    const reading = rule.read(raw);
    if (reading.ok) return { value: reading.value, ...aroundOf(raw), requestId: call.requestId };
    if (raw.status < 500 && (raw.status < 400 || envelope === undefined)) {
      throw new SurprisingShapeError(call, { status: raw.status, issues: reading.issues.slice(0, MOST_ISSUES) });
    }
  }
  throw failureOf(raw, { call, code: envelope?.code, statuses: rule.statuses });
}

function failureOf(
  raw: RawAnswer,
  { call, code, statuses }: { call: CallContext; code: string | undefined; statuses: readonly number[] },
): Error {
  const { status } = raw;
  const retryAfterMs = parseRetryAfter(headerOf(raw, 'retry-after'), aroundOf(raw).dateMs ?? Date.now());
  if (status === 429) return new ThrottledError(call, retryAfterMs);
  if (status >= 500 && status < 600) return new UnavailableError(call, { status, code, retryAfterMs });
  if (status >= 400 && status < 500) return new RefusedError(call, { status, code });
  const expected = `status ${statuses.filter((expectedStatus) => expectedStatus < 400).join(' or ')}`;
  return new SurprisingShapeError(call, { status, issues: [{ path: '', expected }] });
}

const aroundOf = (raw: RawAnswer) => ({ dateMs: parseHttpDate(headerOf(raw, 'date')), elapsedMs: raw.elapsedMs });

/** A header that came exactly once. */
export function headerOf({ headers }: RawAnswer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** The bytes of an answer that says it is JSON and was read completely. */
export function readBytes(raw: RawAnswer): Reading<Uint8Array> {
  if (raw.body === 'encoded') return misfit('', 'no content encoding');
  if (raw.body === 'too large') return misfit('', 'a body within the size limit');
  if (!JSON_TYPE.test(headerOf(raw, 'content-type') ?? '')) return misfit('', 'application/json');
  return { ok: true, value: raw.body };
}

/** The parsed JSON of an answer, of whatever shape. */
export function readJson(raw: RawAnswer): Reading<unknown> {
  const bytes = readBytes(raw);
  if (!bytes.ok) return bytes;
  const json = parseStrictJson(bytes.value);
  return json.ok ? json : misfit('', `JSON without: ${json.problem}`);
}

/** A value of this shape. Says what was expected where, never what was there. */
export function fit<Schema extends z.ZodType>(schema: Schema, value: unknown): Reading<z.output<Schema>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    issues: parsed.error.issues.map((issue) => ({ path: pathOf(issue), expected: expectedBy(issue) })),
  };
}

/** Names below `checks` are chosen by the answer, so they are received values and not ours to repeat. */
function pathOf({ path }: z.core.$ZodIssue): string {
  const open = path.indexOf('checks');
  return path.slice(0, open === -1 ? path.length : open + 1).join('.');
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_format') return issue.format === 'regex' ? issue.message : issue.format;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  return issue.code === 'custom' ? issue.message : 'a known form';
}

/** Platform words that are safe to repeat: short, of one alphabet, and not our own key echoed back. */
function safeWord(word: string | undefined, pattern: RegExp, credential: string | null): string | undefined {
  if (word === undefined || !pattern.test(word)) return undefined;
  return credential !== null && word.includes(credential) ? undefined : word;
}

const ERROR_CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const headerRequestId = (raw: RawAnswer, credential: string | null) =>
  safeWord(headerOf(raw, 'x-request-id'), REQUEST_ID, credential);

interface Envelope {
  readonly code: string | undefined;
  readonly requestId: string | undefined;
}

/** The platform's error envelope; undefined when the body is something else. */
function readEnvelope(raw: RawAnswer, credential: string | null): Envelope | undefined {
  if (raw.status < 400) return undefined;
  const json = readJson(raw);
  if (!json.ok) return undefined;
  const { success, data } = errorEnvelope.safeParse(json.value);
  if (!success) return undefined;
  return {
    code: safeWord(data.error.code, ERROR_CODE, credential),
    requestId: safeWord(data.error.request_id, REQUEST_ID, credential),
  };
}
