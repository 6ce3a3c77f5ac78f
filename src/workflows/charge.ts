import { defineSignal } from '@temporalio/workflow';
import type { Admission, Scope, Ward } from '../activities/index.ts';

/** What a guardian is given to keep: its own copy of all that a rollback needs. */
export interface Charge {
  readonly ward: Ward;
  readonly scope: Scope;
  /** The plan as it was handed in, and as it was admitted. */
  readonly request: unknown;
  readonly admission: Admission;
}

/** Says that the go-live has ended. The guardian believes the evidence, not the messenger. */
export const relieve = defineSignal('relieve');
