import type { WorkflowHandle } from '@temporalio/client';

/** Started; task scheduled, started, completed. */
const EVENTS_OF_FIRST_TASK = 4;

/**
 * Throws until a worker has taken a run up. A query that comes before the first workflow task has ended is answered two
 * seconds later.
 */
export async function firstTaskOf(handle: WorkflowHandle): Promise<void> {
  const { historyLength } = await handle.describe();
  if (historyLength < EVENTS_OF_FIRST_TASK) throw new Error('no worker has taken it up');
}
