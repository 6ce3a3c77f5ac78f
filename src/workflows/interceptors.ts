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
  return {
    internals: [
      {
        concludeActivation(input, next) {
          const { commands } = next(input);
          // Questions are asked beside the tasks, and only while somebody lives who can be asked.
          if (commands.some(({ respondToQuery }) => respondToQuery)) return { commands };
          const isQuiet = !commands.some((command) => isSent(command, commands));
          const isSecond = isQuiet && wasQuiet;
          wasQuiet = isQuiet && !isSecond;
          return { commands: isSecond ? [...commands, NOTHING] : commands };
        },
      },
    ],
  };
};

/** A timer that is started and canceled in one task never comes to be. */
function isSent({ startTimer, cancelTimer }: Command, all: readonly Command[]): boolean {
  if (startTimer) return !all.some((other) => other.cancelTimer?.seq === startTimer.seq);
  if (cancelTimer) return !all.some((other) => other.startTimer?.seq === cancelTimer.seq);
  return true;
}
