import { createHash } from 'node:crypto';
import type { Digest } from '../domain/verdict.ts';

/** SHA-256 over bytes as they are, or over the UTF-8 of a text. */
export function sha256(data: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
