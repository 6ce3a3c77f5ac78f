import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';

type Command = Parameters<
  NonNullable<NonNullable<WorkflowInterceptors['internals']>[number]['concludeActivation']>
>[0]['commands'][number];

/** Changes nothing that anybody looks at. */
const NOTHING: Command = {
  modifyWorkflowProperties: {
    upsertedMemo: { fields: { task: defaultPayloadConverter.toPayload('nothing to do') } },
  },
};

/**
 * Lets no two workflow tasks in a row end without a command. Whether the second is handled apart from an update that follows it
 * depends on the worker's knowing the run, so that its history may not replay: `docs/decisions/0015-no-two-tasks-without-a-command.md`.
 */
export const interceptors = (): WorkflowInterceptors => {
  let wasQuiet = false;
  let isOnlyUpdates = false;
  const accepted = new Set<string>();
  return {
    internals: [
      {
        activate(input, next) {
          const jobs = input.activation.jobs ?? [];
          isOnlyUpdates = (input.batchIndex === 0 || isOnlyUpdates) && jobs.every(({ doUpdate }) => doUpdate);
          next(input);
        },
        concludeActivation(input, next) {
          const { commands } = next(input);
          // Questions are asked beside the tasks, and only while somebody lives who can be asked.
          if (commands.some(({ respondToQuery }) => respondToQuery)) return { commands };
          const sent = commands.filter((command) => isSent(command, commands) && !isRefusal(command, accepted));
          // Nobody keeps a task in which nothing came but updates that were refused.
          if (sent.length === 0 && isOnlyUpdates) return { commands };
          const isSecond = sent.length === 0 && wasQuiet;
          wasQuiet = sent.length === 0 && !isSecond;
          return { commands: isSecond ? [...commands, NOTHING] : commands };
        },
      },
    ],
  };
};

/** Whether an update is refused before it was accepted, which is no command and leaves nothing in history. */
function isRefusal({ updateResponse }: Command, accepted: Set<string>): boolean {
  const id = updateResponse?.protocolInstanceId ?? '';
  if (updateResponse?.accepted) accepted.add(id);
  return Boolean(updateResponse?.rejected) && !accepted.has(id);
}

/** A timer that is started and canceled in one task never comes to be. */
function isSent({ startTimer, cancelTimer }: Command, all: readonly Command[]): boolean {
  if (startTimer) return !all.some((other) => other.cancelTimer?.seq === startTimer.seq);
  if (cancelTimer) return !all.some((other) => other.startTimer?.seq === cancelTimer.seq);
  return true;
}
