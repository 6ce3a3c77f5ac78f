import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';

/** What watches until a go-live has ended. */
const ALWAYS_WORKING: readonly (string | null | undefined)[] = ['watchWindow', 'watchOver'];

/**
 * Resolves once nothing is under way in a workflow: it waits for people. A standing watch on the traffic does not count.
 * Looks every `every` milliseconds.
 */
export async function untilQuiet(handle: WorkflowHandle, every = 10): Promise<void> {
  while (!(await isQuiet(handle))) await delay(every);
}

async function isQuiet(handle: WorkflowHandle): Promise<boolean> {
  const { raw } = await handle.describe();
  const working = (raw.pendingActivities ?? []).filter(
    ({ activityType }) => !ALWAYS_WORKING.includes(activityType?.name),
  );
  return working.length === 0 && !raw.pendingWorkflowTask;
}
