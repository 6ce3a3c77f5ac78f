import type { Ask } from './desk.ts';
import { rowOf, type StepId } from './plan.ts';
import { cut } from './text.ts';

/** The timeline of the Temporal UI shows so many characters of a label. */
const LONGEST = 120;

/** What a call or a timer belongs to: a step, or what goes on beside the steps. */
type Subject = StepId | 'audit log' | 'guard' | 'guardian' | 'journal' | 'people' | 'plan' | 'signatures';

/** The label of a call or a timer in the Temporal UI: what it belongs to and what it is for. */
export function labelOf(subject: Subject, purpose: string): string {
  return cut(`${subject}: ${purpose}`, LONGEST);
}

/** The label of the call that a step mainly consists of. */
export function stepLabelOf(step: StepId): string {
  return labelOf(step, rowOf(step).title);
}

/** The label of the timer that runs while people are asked. */
export function deadlineLabelOf(step: StepId, { kind }: Ask): string {
  return labelOf(step, kind === 'hands' ? 'then it is tried again by itself' : `deadline of the ${kind}`);
}
