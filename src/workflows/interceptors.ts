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
 * Lets no workflow task end without a command. One that does and is followed by an update is merged with it at replay (sdk-rust
 * 1146): what happened one after the other happens at once then, in another order, and the history does not replay.
 */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const { commands } = next(input);
        return { commands: commands.length === 0 ? [NOTHING] : commands };
      },
    },
  ],
});
