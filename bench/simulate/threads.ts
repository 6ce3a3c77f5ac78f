import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Plan } from '../../src/domain/plan-schema.ts';
import type { Tally } from './tally.ts';
import type { Task } from './task.ts';

/** Does the tasks on every core. The answers come in the order of the tasks, whichever thread did them. */
export async function doInThreads(
  plan: Plan,
  tasks: readonly Task[],
  onDone: (share: number) => void,
): Promise<{ task: Task; tally: Tally }[]> {
  const queue = tasks.entries();
  const done: { task: Task; tally: Tally }[] = [];
  const work = async () => {
    const worker = new Worker(new URL('./worker-thread.js', import.meta.url), { workerData: plan });
    for (const [index, task] of queue) {
      worker.postMessage(task);
      const [tally] = (await once(worker, 'message')) as [Tally];
      done[index] = { task, tally };
      onDone((index + 1) / tasks.length);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return done;
}
