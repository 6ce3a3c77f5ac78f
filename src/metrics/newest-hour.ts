import { NEW_STRETCH_EVERY } from './budget.ts';
import { addTotals, NOTHING, type Totals } from './window.ts';

/**
 * What happened in the newest half hour to hour of a window, so that trouble after many good hours is not diluted by
 * them. A stretch begins every half hour, and of the two that overlap the older one is judged: it looks back at least half
 * an hour, because a minute alone says little. Plain JSON of a bounded size, for heartbeats.
 */
export interface NewestHour {
  /** The how-manieth stretch of its window the older one is, from 1. The first one is the window itself. */
  readonly ordinal: number;
  readonly older: Stretch;
  readonly newer?: Stretch;
}

interface Stretch {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly totals: Totals;
}

export function beginNewestHour(from: number): NewestHour {
  return { ordinal: 1, older: { from, totals: NOTHING } };
}

/** The newest hour with what happened since the sample before; `at` is the time of the newest sample. */
export function addToNewestHour({ ordinal, older, newer }: NewestHour, happened: Totals, at: number): NewestHour {
  const isOver = at - (newer ?? older).from >= NEW_STRETCH_EVERY;
  const grown = { ordinal, older: grow(older, happened), ...(newer && { newer: grow(newer, happened) }) };
  if (!isOver) return grown;
  const next = { from: at, totals: NOTHING };
  return grown.newer === undefined
    ? { ...grown, newer: next }
    : { ordinal: ordinal + 1, older: grown.newer, newer: next };
}

function grow({ from, totals }: Stretch, happened: Totals): Stretch {
  return { from, totals: addTotals(totals, happened) };
}
