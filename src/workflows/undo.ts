import type { StepId } from '../domain/plan.ts';
import type { Act } from './patience.ts';

/** What a step registers before it acts. Every undo tolerates that the deed never happened. */
export type Undo = { readonly kind: 'by'; readonly act: Act } | { readonly kind: 'rollback' };

export const undoBy = (act: Act): Undo => ({ kind: 'by', act });

/** The deed moves traffic: what takes it back is the runbook's own rollback, B1 to B4. */
export const undoByRollback: Undo = { kind: 'rollback' };

export interface RegisteredUndo {
  readonly step: StepId;
  readonly undo: Undo;
}
