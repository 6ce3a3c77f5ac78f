import { LARGEST_GAP_INTERVALS } from './budget.ts';
import { losesRequests, type SeriesChange } from './continuation.ts';
import { beginCoverage, seen, type Coverage } from './coverage.ts';
import type { Snapshot } from './source.ts';
import { isAnyFrozen, standstillAfter, type Standstill } from './standstill.ts';
import { addTotals, difference, NOTHING, type Baseline, type Totals } from './window.ts';

/** A window as far as it was watched. Plain JSON: it is what a heartbeat carries, and where another worker goes on. */
export interface Observation {
  readonly baseline?: Baseline;
  readonly totals: Totals;
  readonly coverage: Coverage;
  readonly standstill?: Standstill;
}

/** What one more snapshot brought. `newest` is missing when there was nothing to compare it with, or it was not newer. */
export interface Observed {
  readonly observation: Observation;
  readonly newest?: Totals;
  readonly changes: readonly SeriesChange[];
}

/** Nothing seen yet of a window that begins at `from` (epoch milliseconds), sampled every `every` milliseconds. */
export function beginObservation(from: number, every: number): Observation {
  return { totals: NOTHING, coverage: beginCoverage(from, every) };
}

/**
 * The observation with one more snapshot. What a failed sample leaves is a gap: leave it out, never make one up. A sample that
 * is not certain to show what was meant to be watched counts, but its time does not.
 */
export function observe(observation: Observation, snapshot: Snapshot, isCertain = true): Observed {
  const { baseline, totals, coverage, standstill: before = {} } = observation;
  if (!isOfThisWindow(snapshot, coverage)) return { observation, changes: [] };
  if (baseline === undefined) {
    const first = { at: snapshot.at, moved: false, whole: false };
    return { observation: { totals, coverage: seen(coverage, first), baseline: snapshot }, changes: [] };
  }
  const step = difference(baseline, snapshot);
  if (step === undefined) return { observation, changes: [] };
  const { changes } = step;
  const standstill = standstillAfter(before, step, snapshot);
  const moved = step.totals.requests > 0 && !isAnyFrozen(standstill);
  const sample = { at: snapshot.at, moved, whole: isCertain && !changes.some(losesRequests) };
  return {
    observation: {
      baseline: step.baseline,
      totals: addTotals(totals, step.totals),
      coverage: seen(coverage, sample),
      standstill,
    },
    newest: step.totals,
    changes,
  };
}

/** Counted from an older snapshot, requests from long before the window would hide what happens in it. */
function isOfThisWindow({ at }: Snapshot, { from, every }: Coverage): boolean {
  return at >= from - LARGEST_GAP_INTERVALS * every;
}
