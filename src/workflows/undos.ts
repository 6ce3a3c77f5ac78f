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

/** What a run has to take back should it not go live. */
export class Undos {
  #registered: readonly RegisteredUndo[] = [];

  add(step: StepId, undo: Undo): void {
    this.#registered = [...this.#registered, { step, undo }];
  }

  has(step: StepId): boolean {
    return this.#registered.some((undo) => undo.step === step);
  }

  /** The deed has taken itself back and has shown it: nothing is left to undo. */
  discharge(step: StepId): void {
    this.#registered = this.#registered.filter((undo) => undo.step !== step);
  }

  get lastFirst(): readonly RegisteredUndo[] {
    return this.#registered.toReversed();
  }

  get trafficMayHaveMoved(): boolean {
    return this.#registered.some(({ undo }) => undo.kind === 'rollback');
  }
}
