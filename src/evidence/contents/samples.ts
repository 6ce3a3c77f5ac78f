import { z } from 'zod';
import type { Digest } from '../../domain/verdict.ts';
import { looksOf, type Look, type SampleChunk } from '../../metrics/recording.ts';
import { DECISIONS, OUTCOMES, PATHS } from '../../metrics/source.ts';
import { digestSchema } from '../canonical.ts';

const identity = { target: z.string(), name: z.string(), created: z.number().optional() };

const head = z.discriminatedUnion('kind', [
  z.object({ ...identity, kind: z.literal('requests'), decision: z.enum(DECISIONS), outcome: z.enum(OUTCOMES) }),
  z.object({ ...identity, kind: z.literal('duration'), edges: z.array(z.number()) }),
  z.object({ ...identity, kind: z.literal('routed'), path: z.enum(PATHS) }),
]);

/** Many and large: their shape is looked at by hand, a hundred times faster than by a schema. */
const counts = z.custom<readonly (number | readonly number[])[] | null>((value) => value === null || areCounts(value));

const segment = z.object({
  series: z.array(head),
  looks: z.array(z.object({ at: z.number(), share: z.number().nullable(), problem: z.string().nullable(), counts })),
});

const chunk = z.object({
  format: z.literal('golive-samples/v1'),
  previous: digestSchema.nullable(),
  before: z.int().min(0),
  segments: z.array(segment),
});

/** What a watch had kept when it concluded, and what it had not kept yet. */
export const recording = z.object({
  previous: digestSchema.nullable(),
  before: z.int().min(0),
  pending: z.array(segment),
  lost: z.int().min(0),
});
type Recorded = z.output<typeof recording>;

/** A chunk of raw samples as it lies in the bundle; undefined for anything else. */
export function readChunk(value: unknown): SampleChunk | undefined {
  return chunk.safeParse(value).data as SampleChunk | undefined;
}

/** All looks of a window in their order, or why they are not all there. */
export type LooksReading =
  { readonly ok: true; readonly looks: readonly Look[] } | { readonly ok: false; readonly why: string };

/** Follows the chain of chunks from its end, and counts that none of the looks is missing. */
export function readLooks(
  { previous, before, pending }: Recorded,
  chunks: ReadonlyMap<Digest, SampleChunk>,
): LooksReading {
  const last: SampleChunk = {
    format: 'golive-samples/v1',
    previous,
    before,
    segments: pending as SampleChunk['segments'],
  };
  const found: SampleChunk[] = [last];
  for (let next = previous; next !== null;) {
    const kept = chunks.get(next);
    if (kept === undefined) return { ok: false, why: `the samples ${next} are missing` };
    if (found.length > chunks.size) return { ok: false, why: 'the samples lead in a circle' };
    found.unshift(kept);
    next = kept.previous;
  }
  const looks: Look[] = [];
  for (const each of found) {
    if (each.before !== looks.length)
      return { ok: false, why: `${each.before} samples should come before, not ${looks.length}` };
    looks.push(...looksOf(each));
  }
  return { ok: true, looks };
}

function areCounts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'number' || areNumbers(each));
}

function areNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}
