import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './rig.ts';
import { serverPath } from '../support/servers.ts';
import { bundleWorkflows } from '../support/workflow-bundle.ts';
import { fragile, say } from '../support/fragile-workflow.ts';

const workflowsPath = fileURLToPath(new URL('../support/fragile-workflow.ts', import.meta.url));
const nothing = () => Promise.resolve();

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  const executable = { type: 'existing-path', path: serverPath('temporalCli') } as const;
  environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
}, 60_000);
afterAll(() => environment.teardown());

/**
 * Whether a run replays in which an update comes after tasks that had nothing to do, to a worker that does not know the run.
 * `between` happens once the first of its two steps is over, and the second waits for it.
 */
async function replays(code: string, between: (handle: WorkflowHandle) => Promise<void> = nothing): Promise<boolean> {
  const taskQueue = `fragile-${randomUUID()}`;
  let isOver = (): void => undefined;
  const over = new Promise<void>((resolve) => (isOver = resolve));
  const worker = () =>
    Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle: { code },
      activities: { quick: nothing, slow: () => over, late: nothing, last: nothing },
    });
  const first = await worker();
  const handle = await first.runUntil(async () => {
    const started = await environment.client.workflow.start(fragile, { taskQueue, workflowId: taskQueue });
    await untilTasks(started, 2);
    await between(started);
    isOver();
    await untilTasks(started, 3);
    return started;
  });
  const second = await worker();
  const history = await second.runUntil(async () => {
    await handle.executeUpdate(say);
    await handle.result();
    return handle.fetchHistory();
  });
  const replayed = Worker.runReplayHistories({ workflowBundle: { code } }, [{ workflowId: taskQueue, history }]);
  for await (const { error } of replayed) if (error) return false;
  return true;
}

async function untilTasks(handle: WorkflowHandle, wanted: number): Promise<void> {
  await until(`${wanted} tasks are over`, async () => {
    const { events } = await handle.fetchHistory();
    const tasks = events?.filter(({ workflowTaskCompletedEventAttributes: done }) => Boolean(done));
    if (tasks?.length !== wanted) throw new Error('not yet');
  });
}

async function mistype(handle: WorkflowHandle): Promise<void> {
  await expect(handle.executeUpdate('sya')).rejects.toThrow('Update failed');
}

test('what happens in an update after a task without a command replays in the order in which it happened', async () => {
  expect(await replays(await bundleWorkflows({ workflowsPath }))).toBe(true);
});

test('it would not by itself: once it does, src/workflows/quiet-tasks.ts can go', async () => {
  expect(await replays(await bundleWorkflows({ workflowsPath, workflowInterceptorModules: [] }))).toBe(false);
});

test('an update of a name that nobody knows leaves nothing in history, and changes nothing of this', async () => {
  expect(await replays(await bundleWorkflows({ workflowsPath }), mistype)).toBe(true);
});
