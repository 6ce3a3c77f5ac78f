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

type Fate = 'goes on' | 'is forgotten';

/** A workflow that is handed one activation after the other, and what becomes of it. `second` is when the last task began. */
class Handed {
  readonly #tasks = new UnreportedTasks();

  take(jobs: Jobs, at: { length: number; second: number; isReplaying?: boolean }, ...commands: Command[]): Fate {
    const { length, second, isReplaying = false } = at;
    const timestamp = { seconds: second as never, nanos: 7 };
    const activation = { jobs, historyLength: length, timestamp, isReplaying };
    try {
      this.#tasks.activate({ activation, batchIndex: 0 }, () => undefined);
    } catch {
      return 'is forgotten';
    }
    this.#tasks.concludeActivation({ commands }, (input) => input);
    return 'goes on';
  }

  ask(at: { length: number; second: number }): Fate {
    return this.take([QUESTION], { ...at, isReplaying: true }, { respondToQuery: { queryId: 'legacy_query' } });
  }
}

test('a run that is asked between its tasks goes on', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  run.ask({ length: 10, second: 1 });
  // Completed, scheduled, activity started and completed, task scheduled and started.
  expect(run.take([RESOLVED], { length: 16, second: 2 }, START_TIMER)).toBe('goes on');
  run.ask({ length: 16, second: 2 });
  expect(run.take([UPDATE], { length: 20, second: 3 })).toBe('goes on');
});

test('what has happened while no task has begun is not gone on from', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1, isReplaying: true }, SCHEDULE);
  expect(run.take([RESOLVED], { length: 14, second: 1 })).toBe('is forgotten');
});

test('several parts of one task are one task', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  expect(run.take([RESOLVED], { length: 10, second: 1 }, START_TIMER)).toBe('goes on');
  run.ask({ length: 10, second: 1 });
  expect(run.take([TIMER], { length: 15, second: 2 })).toBe('is forgotten');
});

test('a task that was handed to somebody who is gone is not gone on from', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  run.ask({ length: 10, second: 1 });
  // Timed out, timer fired, scheduled, started: nothing of a completed task, and no activity.
  expect(run.take([TIMER], { length: 14, second: 12 })).toBe('is forgotten');
});

test('nobody doubts a task without a question', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, SCHEDULE);
  expect(run.take([TIMER], { length: 14, second: 12 })).toBe('goes on');
});

test('nobody doubts what is replayed', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1, isReplaying: true }, SCHEDULE);
  run.ask({ length: 10, second: 1 });
  expect(run.take([TIMER], { length: 14, second: 12 })).toBe('goes on');
  expect(run.take([TIMER], { length: 18, second: 13, isReplaying: true })).toBe('goes on');
});

test('an update that is refused leaves nothing', () => {
  const run = new Handed();
  run.take([TIMER], { length: 10, second: 1 }, { updateResponse: { protocolInstanceId: 'one', rejected: {} } });
  run.ask({ length: 10, second: 1 });
  expect(run.take([UPDATE], { length: 13, second: 2 })).toBe('goes on');
});
