import type { NewEntry } from '../../src/evidence/journal.ts';

/** Entries whose content follows from their number, so that any process writes the same. */
export function entriesFrom(first: number, last: number): readonly (NewEntry & { readonly why: string })[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const sequence = first + index;
    return { sequence, at: '2026-11-22T10:00:00Z', kind: 'decided', why: `reason ${sequence} `.repeat(20) };
  });
}
