import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Digest } from '../domain/verdict.ts';
import { EvidenceProblem } from './problem.ts';

const DEEPEST = 100;

/**
 * The one text of a JSON value (RFC 8785), so that everybody computes the same digest of it. Throws `unusable` for what
 * JSON cannot say: undefined (also in a member or a hole), functions, symbols, bigints, numbers that are not finite, lone
 * surrogates, objects of a class, circles, and nesting over 100 levels. Numbers are IEEE doubles: an integer beyond 2^53
 * was already rounded when it was parsed.
 */
export function canonicalJson(value: unknown): string {
  refuseUnusable(value, '$', 0);
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch {
    // The library's message quotes nothing, but it does not say where either: ours below is as good.
  }
  throw new EvidenceProblem('unusable', 'has no canonical JSON');
}

/** SHA-256 over the canonical JSON of a value, in UTF-8. Throws `unusable` as `canonicalJson` does. */
export function digestOf(value: unknown): Digest {
  return digestOfBytes(Buffer.from(canonicalJson(value), 'utf8'));
}

/** SHA-256 over bytes as they are. */
export function digestOfBytes(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The 64 hex digits of a digest, as file names and `sha256sum` have them. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** `canonicalize` leaves out what JSON cannot say; in evidence a fact must not vanish in silence. */
function refuseUnusable(value: unknown, where: string, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (depth > DEEPEST) throw new EvidenceProblem('unusable', `${where}: nested too deep, or in a circle`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) refuseUnusable(value[index], `${where}[${index}]`, depth + 1);
    return;
  }
  if (!isPlainObject(value)) throw new EvidenceProblem('unusable', `${where}: ${nameOf(value)} is not JSON`);
  for (const [key, member] of Object.entries(value)) refuseUnusable(member, `${where}.${key}`, depth + 1);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.getOwnPropertySymbols(value).length === 0;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return 'a number that is not finite';
  return typeof value === 'object' ? 'an object of a class' : `a value of type ${typeof value}`;
}
