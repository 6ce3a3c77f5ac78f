/** Two clocks may differ by this much; a time further in the future is a lie or a broken clock. */
export const CLOCK_TOLERANCE = 5_000;

/** Something that is done again and again, as whoever does it tells. */
export interface Repeated {
  /** Epoch milliseconds of the last time; null when it is not told. */
  readonly last: number | null;
  /** Milliseconds from one time to the next; null when they are not told. */
  readonly every: number | null;
}

/** `unclear` when a time is missing or lies in the future: then nothing can be said. */
export type Recency = 'recent' | 'overdue' | 'unclear';

/** A short interval must not turn the hiccup of a busy server into a finding. */
const LEAST_PATIENCE = 5 * 60_000;
const PATIENT_INTERVALS = 10;

/** Whether it still goes on at `now` (epoch milliseconds): the last time is ten intervals or five minutes ago at most. */
export function recencyOf({ last, every }: Repeated, now: number): Recency {
  if (last === null || every === null || last > now + CLOCK_TOLERANCE) return 'unclear';
  return now - last <= Math.max(LEAST_PATIENCE, PATIENT_INTERVALS * every) ? 'recent' : 'overdue';
}
