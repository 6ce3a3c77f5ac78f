import { alphaOfWindow } from '../../src/metrics/budget.ts';
import { MetricError } from '../../src/metrics/source.ts';
import { beginWatched, judgeWatched, watch, type Watched } from '../../src/metrics/watched.ts';
import { LIMITS } from './samples.ts';
import type { Scene, Wire } from './wires.ts';

export const EVERY = 10_000;
export const FROM = 1_800_000_000_000;
export const ALL_LIMITS = { ...LIMITS, auditLag: 1000, policyEngineMs: 100, tokenSigningMs: 100, haltToDeny: 1000 };

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
      ({ watched } = watch(watched, await source.snapshot(new AbortController().signal)));
    } catch (error) {
      if (!(error instanceof MetricError)) throw error;
    }
  }
  return watched;
}

/** What was seen up to the look with this number is worth, for a window of so many intervals. */
export function judgedAt(watched: Watched, last: number, intervals = last) {
  const length = intervals * EVERY;
  return judgeWatched(watched, { length, now: timeOf(last), limits: ALL_LIMITS, alpha: alphaOfWindow(1) });
}
