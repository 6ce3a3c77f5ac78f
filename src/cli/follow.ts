import type { WorkflowHandle } from '@temporalio/client';
import type { Limits } from '../domain/plan-schema.ts';
import type { Progress } from '../domain/run.ts';
import type { HandCommands } from './by-hand.ts';
import { changesBetween, type Change } from './screen/changes.ts';
import { lookAt } from './observe.ts';
import { Unreachable } from './run/trouble.ts';
import type { Screen } from './screen/screens.ts';
import { clock } from './screen/lines.ts';
import type { Event, Figures } from './screen/view.ts';
import { pause, unlessAborted } from './waiting.ts';

export interface Following {
  readonly screen: Screen;
  readonly limits: Limits | null;
  readonly speed: number;
  readonly uiUrl: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Milliseconds between two looks: each costs the worker a query. */
  readonly every: number;
  /** Set when people drive the run by hand and want the commands. */
  readonly handCommands: HandCommands | undefined;
  /** True once there is no more to wait for, although the run has not ended. */
  readonly isEnough: (progress: Progress) => boolean;
  readonly signal: AbortSignal;
}

const EVENTS_KEPT = 50;
const JOINED_LATE_MS = 5_000;
const SILENT_AFTER_MS = 15_000;
const GIVE_UP_AFTER_MS = 10 * 60_000;

/**
 * Shows a run until it has ended, or until that is enough. Answers how it stood last; undefined when it ended before it
 * could be asked.
 * @throws {Unreachable} when nobody has answered for ten minutes
 */
export async function follow(handle: WorkflowHandle, following: Following): Promise<Progress | undefined> {
  const { screen, every, handCommands, isEnough, signal } = following;
  const show = showing(following);
  let progress: Progress | undefined;
  let heardAt = Date.now();
  let isSilent = false;
  for (;;) {
    const look = await unlessAborted(lookAt(handle), signal);
    const now = Date.now();
    if (look.progress !== undefined) {
      const again: Change[] = isSilent ? [{ kind: 'heard-again' }] : [];
      show(now, look.progress, look.figures, [...again, ...changesBetween(progress, look.progress)]);
      progress = look.progress;
      heardAt = now;
      isSilent = false;
      for (const { does, command } of handCommands?.news(progress, now) ?? []) {
        screen.note(`# ${does}`);
        screen.note(command);
      }
    } else if (now - heardAt > GIVE_UP_AFTER_MS) {
      throw new Unreachable(
        `Nobody has answered for ${clock(now - heardAt)}: is the server there, and does a worker run?`,
      );
    } else if (now - heardAt > SILENT_AFTER_MS && progress !== undefined) {
      show(now, progress, null, isSilent ? [] : [{ kind: 'silent', since: heardAt }]);
      isSilent = true;
    }
    if (look.closed || (progress !== undefined && isEnough(progress))) return progress;
    await pause(every, signal);
  }
}

/**
 * Shows one look after another, with the events that the looks have brought so far. What had happened before somebody joined
 * is no event of theirs.
 */
function showing({ screen, limits, speed, uiUrl, startedAt }: Following) {
  let events: readonly Event[] = [];
  let isJoining = Date.now() - startedAt > JOINED_LATE_MS;
  return (now: number, progress: Progress, figures: Figures | null, changes: readonly Change[]) => {
    const news = isJoining ? [] : changes.filter(isEvent).map((change) => ({ at: now, change }));
    events = [...events, ...news].slice(-EVENTS_KEPT);
    isJoining = false;
    screen.show({ now, startedAt, speed, limits, uiUrl, progress, figures, events }, changes);
  };
}

/** What stands elsewhere in the view already is no event there. */
function isEvent({ kind }: Change): boolean {
  return kind !== 'waiting';
}
