import { alphaOfWindow } from '../../src/metrics/budget.ts';
import { MetricError } from '../../src/metrics/source.ts';
import { beginWatched, judgeWatched, watch, type Watched } from '../../src/metrics/watched.ts';
import { LIMITS } from './samples.ts';
import type { Scene, Wire } from './wires.ts';

export const EVERY = 10_000;
export const FROM = 1_800_000_000_000;
const ALL_LIMITS = { ...LIMITS, auditLag: 1000, policyEngineMs: 100, tokenSigningMs: 100, haltToDeny: 1000 };

/** What there is to see at the look with this number. */
export type SceneAt = (index: number) => Scene;

export const timeOf = (index: number): number => FROM + index * EVERY;

/** Which looks are taken, what was seen before them, and what the window is held against. */
export interface Looks {
  readonly first?: number;
  readonly last: number;
  readonly watched?: Watched;
}

/** Takes looks through a real source, as a watch does: one that fails leaves a gap and nothing else. */
export async function lookAt(
  { source, show }: Wire,
  sceneAt: SceneAt,
  { first = 0, last, watched: begun = beginWatched(FROM, EVERY) }: Looks,
): Promise<Watched> {
  let watched = begun;
  for (let index = first; index <= last; index += 1) {
    show(sceneAt(index), timeOf(index));
    try {
      ({ watched } = watch(watched, await source.snapshot(new AbortController().signal), LIMITS));
    } catch (error) {
      if (!(error instanceof MetricError)) throw error;
    }
  }
  return watched;
}

/** What was seen is worth at a moment, for a window of this length, both in milliseconds. */
export function judged(watched: Watched, { length, now }: { readonly length: number; readonly now: number }) {
  return judgeWatched(watched, { length, now, limits: ALL_LIMITS, alpha: alphaOfWindow(1), percent: 25 });
}

/** The same at the look with this number, for a window of so many intervals. */
export function judgedAt(watched: Watched, last: number, intervals = last) {
  return judged(watched, { length: intervals * EVERY, now: timeOf(last) });
}
