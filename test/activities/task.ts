import type { Deed } from './deeds.ts';
import type { Stage } from './stage.ts';

/** One call of one activity, in words that can travel to another process, as Temporal hands it to a worker. */
export interface Task {
  readonly activity: string;
  readonly arguments: readonly unknown[];
}

/** What a deed asks for, which is noted down and not done. */
export async function taskOf(deed: Deed, stage: Stage): Promise<Task> {
  const tasks: Task[] = [];
  const notebook = new Proxy(stage.activities, {
    get:
      (_activities, activity) =>
      (...words: unknown[]) =>
        Promise.resolve(tasks.push({ activity: String(activity), arguments: words })),
  });
  await deed(stage, notebook);
  const [task, ...others] = tasks;
  if (task === undefined || others.length > 0) throw new Error('a deed is one call of one activity');
  return task;
}
