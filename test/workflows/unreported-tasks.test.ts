import { expect, test } from 'vitest';
import type { Activation, Command } from '../../src/workflows/activations.ts';
import { UnreportedTasks } from '../../src/workflows/unreported-tasks.ts';

type Jobs = NonNullable<Activation['jobs']>;

const TIMER: Jobs[number] = { fireTimer: { seq: 1 } };
const RESOLVED: Jobs[number] = { resolveActivity: { seq: 1, result: { completed: {} } } };
const QUESTION: Jobs[number] = { queryWorkflow: { queryId: 'legacy_query', queryType: 'progress' } };
const UPDATE: Jobs[number] = { doUpdate: { protocolInstanceId: 'one', name: 'approve' } };
const SCHEDULE: Command = { scheduleActivity: { seq: 2 } };
const START_TIMER: Command = { startTimer: { seq: 3 } };

/** A workflow that is handed one activation after the other. `second` is when the last task began. */
class Handed {
  readonly #tasks = new UnreportedTasks();

  take(jobs: Jobs, at: { length: number; second: number; isReplaying?: boolean }, ...commands: Command[]): void {
    const { length, second, isReplaying = false } = at;
    const timestamp = { seconds: second as never, nanos: 7 };
    const activation = { jobs, historyLength: length, timestamp, isReplaying };
    this.#tasks.activate({ activation, batchIndex: 0 }, () => undefined);
    this.#tasks.concludeActivation({ commands }, (input) => input);
  }

  ask(at: { length: number; second: number }): void {
    this.take([QUESTION], { ...at, isReplaying: true }, { respondToQuery: { queryId: 'legacy_query' } });
  }
}

test('a run that is asked between its tasks goes on', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  run.ask({ length: 10, second: 1 });
  // Completed, scheduled, activity started and completed, task scheduled and started.
  run.take([RESOLVED], { length: 16, second: 2 }, START_TIMER);
  run.ask({ length: 16, second: 2 });
  run.take([UPDATE], { length: 20, second: 3 });
});

test('what has happened while no task has begun is not gone on from', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1, isReplaying: true }, SCHEDULE);
  expect(() => run.take([RESOLVED], { length: 14, second: 1 })).toThrow('read for a question');
});

test('several parts of one task are one task', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  run.take([RESOLVED], { length: 10, second: 1 }, START_TIMER);
  run.ask({ length: 10, second: 1 });
  run.take([TIMER], { length: 16, second: 2 });
});

test('a task that was handed to somebody who is gone is not gone on from', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  run.ask({ length: 10, second: 1 });
  // Timed out, timer fired, scheduled, started: nothing of a completed task, and no activity.
  expect(() => run.take([TIMER], { length: 14, second: 12 })).toThrow('read for a question');
});

test('nobody doubts a task without a question, nor what is replayed', () => {
  const unasked = new Handed();
  unasked.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  unasked.take([TIMER], { length: 14, second: 12 });

  const replayed = new Handed();
  replayed.take([TIMER], { length: 10, second: 1, isReplaying: true }, SCHEDULE);
  replayed.ask({ length: 10, second: 1 });
  replayed.take([TIMER], { length: 14, second: 12 });
  replayed.take([TIMER], { length: 18, second: 13, isReplaying: true });
});

test('an update that is refused leaves nothing', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, { updateResponse: { protocolInstanceId: 'one', rejected: {} } });
  run.ask({ length: 10, second: 1 });
  run.take([UPDATE], { length: 13, second: 2 });
});
