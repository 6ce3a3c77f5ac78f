import type { Limits } from '../../domain/plan-schema.ts';
import type { Progress } from '../../domain/run.ts';
import type { Change } from './changes.ts';

/**
 * What the watch on the traffic has measured in the window that is running. Latencies in milliseconds, shares between 0
 * and 1; null where nothing can be said. `problem`: why the last sample failed.
 */
export interface Figures {
  readonly at: number;
  readonly requests: number;
  readonly errorShare: number | null;
  readonly allowShare: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly problem: string | null;
}

/** Something that happened, `at` epoch milliseconds. */
export interface Event {
  readonly at: number;
  readonly change: Change;
}

/** Everything a screen shows of a run at one moment. Times are epoch milliseconds. */
export interface View {
  readonly now: number;
  readonly startedAt: number;
  /** How many times faster than the real clock the run goes. */
  readonly speed: number;
  readonly limits: Limits;
  readonly uiUrl: string;
  readonly progress: Progress;
  /** Null while nobody watches. */
  readonly figures: Figures | null;
  readonly events: readonly Event[];
}
