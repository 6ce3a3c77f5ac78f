import type { Activities } from '../activities/index.ts';
import type { StepId } from '../domain/plan.ts';
import type { Finding } from '../domain/verdict.ts';

/** What a step registers before it acts. Every undo tolerates that the deed never happened. */
export type Undo =
  | { readonly kind: 'by'; readonly undo: (calls: Activities, key: string) => Promise<Finding> }
  | { readonly kind: 'rollback' };

export const undoBy = (undo: (calls: Activities, key: string) => Promise<Finding>): Undo => ({ kind: 'by', undo });

/** The deed moves traffic: what takes it back is the runbook's own rollback, B1 to B4. */
export const undoByRollback: Undo = { kind: 'rollback' };

export interface RegisteredUndo {
  readonly step: StepId;
  readonly undo: Undo;
}
