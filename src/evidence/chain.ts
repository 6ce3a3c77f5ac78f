import type { Digest } from '../domain/verdict.ts';
import { canonicalJson, digestOfBytes } from './digest.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

/** What stands in `previous` of the first entry. */
export const BEFORE_THE_FIRST: Digest = `sha256:${'0'.repeat(64)}`;

/** One line of a journal. */
export interface Link {
  /** Without the newline. */
  readonly line: string;
  readonly digest: Digest;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** The links of a journal up to the first that does not hold, and why that one does not. */
export interface Chain {
  readonly links: readonly Link[];
  readonly broken?: string;
}

/** The digest ends the line, so that anybody can cut it off and hash what is left, without a JSON library. */
const DIGEST_AT_END = /,"digest":"(sha256:[0-9a-f]{64})"\}$/;
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/**
 * The line of an entry: its canonical JSON with `previous`, and before the closing brace `,"digest":"…"`, the SHA-256 of
 * the bytes without that insertion. Throws `unusable` for what has no canonical JSON.
 */
export function linkOf(fields: Readonly<Record<string, unknown>>, previous: Digest): Link {
  const entry = { ...fields, previous };
  const body = canonicalJson(entry);
  const digest = digestOfBytes(Buffer.from(body, 'utf8'));
  return { line: `${body.slice(0, -1)},"digest":"${digest}"}`, digest, entry };
}

/** Reads a journal from its first line. */
export function chainOf(journal: string): Chain {
  const links: Link[] = [];
  const lines = journal.split('\n');
  const tail = lines.pop() ?? '';
  for (const line of lines) {
    const link = readLine(line, links.length + 1, links.at(-1)?.digest ?? BEFORE_THE_FIRST);
    if (typeof link === 'string') return { links, broken: link };
    links.push(link);
  }
  return tail === '' ? { links } : { links, broken: 'the line has no end' };
}

/** The same for bytes; a line that is not UTF-8 does not hold. */
export function chainOfBytes(journal: Uint8Array): Chain {
  const text = decodeUtf8(journal);
  if (text !== undefined) return chainOf(text);
  const lines = Buffer.from(journal).toString('latin1').split('\n');
  const bad = lines.findIndex((line) => decodeUtf8(Buffer.from(line, 'latin1')) === undefined);
  const before = lines.slice(0, bad).map((line) => `${Buffer.from(line, 'latin1').toString('utf8')}\n`);
  const chain = chainOf(before.join(''));
  return chain.broken === undefined ? { ...chain, broken: 'the line is not UTF-8' } : chain;
}

function readLine(line: string, sequence: number, previous: Digest): Link | string {
  const claimed = DIGEST_AT_END.exec(line);
  if (claimed === null) return 'the line does not end with its digest';
  const body = `${line.slice(0, claimed.index)}}`;
  const digest = digestOfBytes(Buffer.from(body, 'utf8'));
  if (digest !== claimed[1]) return 'the content does not match its digest';
  const entry = parseCanonical(body);
  if (entry === undefined) return 'the content is not canonical JSON';
  if (entry['sequence'] !== sequence) return `the sequence number should be ${sequence}`;
  if (entry['previous'] !== previous) return 'the digest of the line before does not match';
  const why = refusalOf(entry);
  return why ?? { line, digest, entry };
}

/** Why something cannot be an entry of a journal, `previous` and `digest` apart. */
export function refusalOf(entry: Readonly<Record<string, unknown>>): string | undefined {
  const { at, kind, sequence } = entry;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1)
    return '`sequence` counts from 1';
  if (typeof at !== 'string' || !UTC.test(at)) return '`at` must be a time in UTC';
  return typeof kind === 'string' && kind !== '' ? undefined : '`kind` must be a word';
}

/** Any other spelling of the same JSON is refused: a name that stands there twice reads differently elsewhere. */
function parseCanonical(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || canonicalJson(value) !== text) return undefined;
    return Object.fromEntries(Object.entries(value));
  } catch {
    return undefined;
  }
}
