import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Limits } from '../domain/plan-schema.ts';
import type { Progress } from '../domain/run.ts';
import type { HandCommands } from './by-hand.ts';
import { changesBetween, type Change } from './screen/changes.ts';
import { lookAt } from './observe.ts';
import type { Screen } from './screen/screens.ts';
import type { Event } from './screen/view.ts';
import { pause, unlessAborted } from './waiting.ts';

export interface Following {
  readonly screen: Screen;
  readonly limits: Limits;
  readonly speed: number;
  readonly uiUrl: string;
  /** Set when people drive the run by hand and want the commands. */
  readonly handCommands: HandCommands | undefined;
  /** True once nobody will say anything any more: a run that needs hands then stays as it is. */
  readonly isAbandoned: () => boolean;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 250;
const EVENTS_KEPT = 50;

/**
 * Shows a run until it has ended, or needs hands that nobody will lend. Answers how it stood last; undefined when it ended
 * before it could be asked.
 */
export async function follow(handle: WorkflowHandle, following: Following): Promise<Progress | undefined> {
  const { screen, limits, speed, uiUrl, handCommands, isAbandoned, signal } = following;
  const startedAt = Date.now();
  let progress: Progress | undefined;
  let events: readonly Event[] = [];
  for (;;) {
    const look = await unlessAborted(lookAt(handle), signal);
    const now = Date.now();
    if (look.progress !== undefined) {
      const changes = changesBetween(progress, look.progress);
      progress = look.progress;
      events = [...events, ...changes.filter(isEvent).map((change) => ({ at: now, change }))].slice(-EVENTS_KEPT);
      screen.show({ now, startedAt, speed, limits, uiUrl, progress, figures: look.figures, events }, changes);
      for (const { does, command } of handCommands?.news(progress, now) ?? []) {
        screen.note(`# ${does}`);
        screen.note(command);
      }
    }
    if (look.closed || (isAbandoned() && progress?.state === 'rollback-incomplete')) return progress;
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** How a run failed that has no outcome of its own, such as an invalid plan. */
export async function failureOf(handle: WorkflowHandle): Promise<{ readonly type: string; readonly message: string }> {
  try {
    await handle.result();
    return { type: 'none', message: 'it completed without saying how' };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    const message = cause instanceof Error ? cause.message : 'unknown failure';
    return { type: cause instanceof ApplicationFailure ? (cause.type ?? 'Unexpected') : 'Unexpected', message };
  }
}

/** What stands elsewhere in the view already is no event there. */
function isEvent({ kind }: Change): boolean {
  return kind !== 'waiting';
}
