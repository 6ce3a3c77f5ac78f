import { stripVTControlCharacters } from 'node:util';
import type { Digest } from '../domain/verdict.ts';
import { sha256 } from './sha256.ts';

/** What may be kept of what a program printed. */
export interface Output {
  readonly bytes: number;
  readonly sha256: Digest;
  /** The first lines as plain text, without the secrets that were known to us. */
  readonly beginning: string;
}

const LONGEST_BEGINNING = 4_096;
const HIDDEN = '[secret]';
/** Shorter lines of a secret, such as a single brace, give nothing away and stand everywhere. */
const SHORTEST_LINE = 8;

/** Describes what was printed. `secrets` are the ones that the program was given or could repeat. */
export function describeOutput(bytes: Buffer, secrets: readonly string[]): Output {
  return {
    bytes: bytes.length,
    sha256: sha256(bytes),
    beginning: firstLines(withoutSecrets(plainText(bytes), secrets)),
  };
}

/** The text without colours, which could also stand in the middle of a secret and hide it from a search. */
export function plainText(bytes: Buffer): string {
  return stripVTControlCharacters(bytes.toString('utf8'));
}

/** The longest first, since one secret may be a part of another. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE)])
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

/** Whole lines only: nobody recognises a secret that is cut in two. */
function firstLines(text: string): string {
  if (text.length <= LONGEST_BEGINNING) return text;
  return text.slice(0, text.lastIndexOf('\n', LONGEST_BEGINNING - 1) + 1);
}
