import type { Limits } from '../../domain/plan-schema.ts';
import type { Progress, WatchFigures } from '../../domain/run.ts';
import type { Change } from './changes.ts';

/** What the running watch has measured, and when (epoch milliseconds) it said so. */
export type Figures = Omit<WatchFigures, 'percent'> & { readonly at: number };

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
  /** Null where the plan cannot be read. */
  readonly limits: Limits | null;
  readonly uiUrl: string | undefined;
  readonly progress: Progress;
  /** Null while nobody watches. */
  readonly figures: Figures | null;
  readonly events: readonly Event[];
}
