import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { describeMessage } from '../domain/details.ts';
import { MESSAGES, MESSAGE_NAMES, type MessageName } from '../domain/messages.ts';
import type { Answer } from '../domain/receive.ts';
import type { Progress } from '../domain/run.ts';

/** Where a run is: `contract/progress.example.json`. */
const progressQuery = defineQuery<Progress>('progress');
/** JSON Schema and example of every message. */
const helpQuery = defineQuery<typeof MESSAGES>('help');

/**
 * Wires every message as a signal (nothing is answered) and as an update (answers whether it counted) of the same name.
 * The handlers only pass on and never throw: one that threw could wedge the run and its rollback. What is signed is answered
 * once its signature was verified.
 * There is no default handler, for the same reason: unknown names stay harmlessly buffered.
 */
export function handleMessages(handlers: {
  readonly receive: (name: MessageName, args: readonly unknown[]) => Answer | Promise<Answer>;
  readonly progress: () => Progress;
}): void {
  for (const name of MESSAGE_NAMES) {
    const description = describeMessage(name);
    const receive = (...args: unknown[]) => handlers.receive(name, args);
    setHandler(defineSignal<unknown[]>(name), (...args: unknown[]) => void receive(...args), { description });
    setHandler(defineUpdate<Answer, unknown[]>(name), receive, { description });
  }
  setHandler(progressQuery, handlers.progress, { description: 'Where the go-live is and what it waits for' });
  setHandler(helpQuery, () => MESSAGES, { description: 'Every message with its JSON Schema and an example' });
}
