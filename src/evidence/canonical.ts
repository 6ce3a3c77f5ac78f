import { z } from 'zod';
import type { Digest } from '../domain/verdict.ts';
import { canonicalJson, isDigest } from './digest.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

export const digestSchema = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));

/** The bytes of a file of ours: canonical JSON, nothing before or after. Throws `unusable` for what has none. */
export function encodeCanonical(value: unknown): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/** Reads such bytes strictly; undefined when they are written otherwise or do not fit. */
export function decodeCanonical<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
): z.output<Schema> | undefined {
  try {
    const text = decodeUtf8(bytes);
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    return canonicalJson(value) === text ? schema.safeParse(value).data : undefined;
  } catch {
    return undefined;
  }
}
