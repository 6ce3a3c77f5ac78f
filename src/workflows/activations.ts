import type { WorkflowInterceptors } from '@temporalio/workflow';

type Internals = NonNullable<WorkflowInterceptors['internals']>[number];

export type Activate = Required<Internals>['activate'];
export type Conclude = Required<Internals>['concludeActivation'];
/** What the workflow is handed at once: a task, or a part of one. */
export type Activation = Parameters<Activate>[0]['activation'];
export type Job = NonNullable<Activation['jobs']>[number];
export type Command = Parameters<Conclude>[0]['commands'][number];

/** Tells commands that come to be an event of the history from those that leave nothing in it. */
export class Commands {
  readonly #accepted = new Set<string>();

  /** The commands of an activation that become events. */
  thatLeaveEvents(commands: readonly Command[]): readonly Command[] {
    return commands.filter((command) => isSent(command, commands) && !this.#isRefusal(command));
  }

  /** Whether an update is refused before it was accepted, which only its sender hears of. */
  #isRefusal({ updateResponse }: Command): boolean {
    const id = updateResponse?.protocolInstanceId ?? '';
    if (updateResponse?.accepted) this.#accepted.add(id);
    return Boolean(updateResponse?.rejected) && !this.#accepted.has(id);
  }
}

/** Questions are asked beside the tasks, and only while somebody lives who can be asked. */
export function isAnswer(commands: readonly Command[]): boolean {
  return commands.some(({ respondToQuery }) => respondToQuery);
}

/** A timer that is started and canceled in one task never comes to be. */
function isSent({ startTimer, cancelTimer }: Command, all: readonly Command[]): boolean {
  if (startTimer) return !all.some((other) => other.cancelTimer?.seq === startTimer.seq);
  if (cancelTimer) return !all.some((other) => other.startTimer?.seq === cancelTimer.seq);
  return true;
}
