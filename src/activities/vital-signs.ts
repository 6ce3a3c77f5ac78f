import type { WorkflowExecutionStatusName } from '@temporalio/client';

/** What the server says of a run that is watched over. */
export type VitalSigns =
  /** With `task`, a workflow task is waiting or being worked on, or has failed and is repeated; `events` grows whenever the run gets on. */
  | { readonly kind: 'running'; readonly task: Task; readonly events: number }
  | { readonly kind: 'ended-by-itself' }
  | { readonly kind: 'destroyed'; readonly how: string }
  | { readonly kind: 'no-answer' };

type Task = 'none' | 'waiting' | 'repeated';

/** For how many milliseconds, watched by us, a run has not got on although it should. */
export interface Stuck {
  readonly events: number;
  readonly forMs: number;
}

/** Why a run may be lost: one that is stuck may yet get on; what has ended counts as destroyed unless its evidence is sealed. */
export interface Loss {
  readonly kind: 'destroyed' | 'unsealed' | 'stuck';
  readonly why: string;
}

/** The status as the server names it. A run that is reset is terminated, and another one goes on from the middle. */
export function vitalSignsOf(
  status: WorkflowExecutionStatusName,
  { task, events }: { readonly task: Task; readonly events: number },
): VitalSigns {
  switch (status) {
    case 'RUNNING':
      return { kind: 'running', task, events };
    case 'PAUSED':
      return { kind: 'running', task: 'repeated', events };
    case 'COMPLETED':
    case 'FAILED':
    case 'CANCELLED':
      return { kind: 'ended-by-itself' };
    case 'TERMINATED':
      return { kind: 'destroyed', how: 'was terminated or reset' };
    case 'TIMED_OUT':
      return { kind: 'destroyed', how: 'was ended by a timeout' };
    case 'CONTINUED_AS_NEW':
      return { kind: 'destroyed', how: 'goes on as a run that nobody has approved' };
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      return { kind: 'no-answer' };
  }
}

export const NOT_STUCK: Stuck = { events: 0, forMs: 0 };

/** A restarted worker needs seconds, a task that was lost with its worker ten more. */
const STUCK_AFTER = 60_000;

/**
 * Only time during which we were there to look counts, in looks and not by any clock: after an outage of all workers, or a pause of
 * this one, the run first gets the chance to go on.
 */
export function stuckAfter(before: Stuck, look: VitalSigns, betweenLooks: number): Stuck {
  if (look.kind !== 'running') return before;
  const { task, events } = look;
  // Signals make events too, so a task that fails again and again is no sign of life whatever else arrives.
  if (task === 'none' || (task === 'waiting' && events !== before.events)) return { events, forMs: 0 };
  return { events, forMs: before.forMs + betweenLooks };
}

export function lossIn(look: VitalSigns, { forMs }: Stuck): Loss | undefined {
  if (look.kind === 'destroyed') return { kind: 'destroyed', why: look.how };
  if (look.kind === 'ended-by-itself') return { kind: 'unsealed', why: 'ended without having sealed its evidence' };
  if (look.kind !== 'running' || forMs < STUCK_AFTER) return undefined;
  return { kind: 'stuck', why: `does not get on: a workflow task has failed or waited for ${forMs / 1000} s` };
}
