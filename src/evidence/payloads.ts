import { isDeepStrictEqual } from 'node:util';
import { withoutSecretWords } from './redact.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

/** The same events, and how many of their payloads had something in them that looked like a secret. */
export interface RedactedPayloads<Value> {
  readonly value: Value;
  readonly redacted: number;
}

/**
 * Looks into the payloads of a history as Temporal writes it in JSON (`data` in base64) and takes out what looks like a
 * secret. Nothing in there should: it is the last net. Signed decisions are taken out too; they lie in `approvals/`.
 */
export function redactedPayloads<Value>(events: Value): RedactedPayloads<Value> {
  let count = 0;
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]) => [name, walk(member)] as const);
    const { data, metadata } = Object.fromEntries(members);
    if (typeof data !== 'string' || typeof metadata !== 'object') return Object.fromEntries(members);
    const clean = redactedData(data);
    if (clean !== data) count += 1;
    return { ...Object.fromEntries(members), data: clean };
  };
  return { value: walk(events) as Value, redacted: count };
}

/** Other bytes only where something was found, so that what is clean stays as it was, and can be replayed. */
function redactedData(data: string): string {
  const text = decodeUtf8(Buffer.from(data, 'base64'));
  if (text === undefined) return data;
  const before = jsonOf(text);
  const after = withoutSecretWords(before);
  return isDeepStrictEqual(before, after) ? data : Buffer.from(JSON.stringify(after)).toString('base64');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
