import { defaultPayloadConverter } from '@temporalio/common';
import { Commands, isAnswer, type Activate, type Command, type Conclude } from './activations.ts';

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
export class QuietTasks {
  readonly #commands = new Commands();
  #wasQuiet = false;
  #isOnlyUpdates = false;

  readonly activate: Activate = (input, next) => {
    const jobs = input.activation.jobs ?? [];
    this.#isOnlyUpdates = (input.batchIndex === 0 || this.#isOnlyUpdates) && jobs.every(({ doUpdate }) => doUpdate);
    next(input);
  };

  readonly concludeActivation: Conclude = (input, next) => {
    const { commands } = next(input);
    if (isAnswer(commands)) return { commands };
    const isQuiet = this.#commands.thatLeaveEvents(commands).length === 0;
    // Nobody keeps a task in which nothing came but updates that were refused.
    if (isQuiet && this.#isOnlyUpdates) return { commands };
    const isSecond = isQuiet && this.#wasQuiet;
    this.#wasQuiet = isQuiet && !isSecond;
    return { commands: isSecond ? [...commands, NOTHING] : commands };
  };
}
