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
 * Lets no workflow task end without a command. Whether one that does is handled apart from an update that follows it depends on
 * the worker's knowing the run, so that its history may not replay: `docs/decisions/0015-no-task-without-a-command.md`.
 */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const { commands } = next(input);
        return { commands: commands.some((command) => isSent(command, commands)) ? commands : [...commands, NOTHING] };
      },
    },
  ],
});

/** A timer that is started and canceled in one task never comes to be. */
function isSent({ startTimer, cancelTimer }: Command, all: readonly Command[]): boolean {
  if (startTimer) return !all.some((other) => other.cancelTimer?.seq === startTimer.seq);
  if (cancelTimer) return !all.some((other) => other.startTimer?.seq === cancelTimer.seq);
  return true;
}
