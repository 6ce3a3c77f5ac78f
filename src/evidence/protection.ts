import { z } from 'zod';
import { LOCK_MODES } from '../domain/object-lock.ts';

export const protectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('create-only') }),
  z.strictObject({ kind: z.literal('object-lock'), mode: z.enum(LOCK_MODES), until: z.iso.datetime() }),
]);

/**
 * What keeps a file from being changed: `create-only`, golive itself writes over nothing, which binds nobody else; or
 * `object-lock`, the store refuses to change it before `until` (ISO 8601 in UTC).
 */
export type Protection = Readonly<z.output<typeof protectionSchema>>;

/** The weaker of two, which is what both together are protected by. */
export function weakerOf(one: Protection, other: Protection): Protection {
  return isWeaker(other, one) ? other : one;
}

function isWeaker(one: Protection, other: Protection): boolean {
  if (one.kind === 'create-only' || other.kind === 'create-only') return other.kind !== 'create-only';
  if (one.mode !== other.mode) return one.mode === 'GOVERNANCE';
  return Date.parse(one.until) < Date.parse(other.until);
}
