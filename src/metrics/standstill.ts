import { FROZEN_AFTER_REQUESTS } from './budget.ts';
import type { Snapshot } from './source.ts';
import type { Difference } from './window.ts';

/** By target: how many requests all of them counted since this one counted any. Plain JSON, for heartbeats. */
export type Standstill = Readonly<Record<string, number>>;

/** The standstill of each target of a snapshot, after what happened since the snapshot before. */
export function standstillAfter(before: Standstill, { totals, moved }: Difference, { series }: Snapshot): Standstill {
  const targets = new Set(series.map(({ target }) => target));
  const still = (target: string) => (moved.includes(target) ? 0 : (before[target] ?? 0) + totals.requests);
  return Object.fromEntries([...targets].map((target) => [target, still(target)]));
}

/** Whether a target shows what it showed long ago, while the others count what it must have seen a part of. */
export function isAnyFrozen(standstill: Standstill): boolean {
  const counts = Object.values(standstill);
  return counts.some((count) => count >= FROZEN_AFTER_REQUESTS * counts.length);
}
