import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fired, restless } from '../support/restless-workflow.ts';
import { serverPath } from '../support/servers.ts';
import { bundleWorkflows } from '../support/workflow-bundle.ts';
import { onlyWhenAsked } from './extent.ts';
import { FaultProxy } from './proxy.ts';

const workflowsPath = fileURLToPath(new URL('../support/restless-workflow.ts', import.meta.url));
const nothing = () => Promise.resolve();
/** Milliseconds for which nobody listens: the worker is back a moment before a task that waits for it is given to others. */
const AWAY = [2_700, 2_850, 3_000];
const QUESTIONS = 6;
const EVERY = 300;

let environment: TestWorkflowEnvironment;
let proxy: FaultProxy;
beforeEach(onlyWhenAsked);
beforeAll(async () => {
  const executable = { type: 'existing-path', path: serverPath('temporalCli') } as const;
  environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  proxy = await FaultProxy.before(Number(environment.address.split(':').at(-1)));
}, 60_000);
afterAll(async () => {
  await proxy.close();
  await environment.teardown();
});

/** Whether a run replays whose worker was cut off for so long while somebody asked how it stands. */
async function replays(code: string, away: number): Promise<boolean> {
  const taskQueue = `restless-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address: `127.0.0.1:${proxy.port}` });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { code },
    // As src/worker.ts has it.
    stickyQueueScheduleToStartTimeout: '2s',
    activities: { even: nothing, odd: nothing },
  });
  const history = await worker.runUntil(async () => {
    const run = await environment.client.workflow.start(restless, { taskQueue, workflowId: taskQueue });
    await delay(700);
    await proxy.become({ kind: 'down' });
    const questions = Array.from({ length: QUESTIONS }, async (_, index) => {
      await delay(50 + index * EVERY);
      // Whether it is answered is not what this is about.
      await run.query(fired).catch(() => undefined);
    });
    await delay(away);
    await proxy.become({ kind: 'clear' });
    await Promise.all(questions);
    await run.result();
    return run.fetchHistory();
  });
  await connection.close();
  const replayed = Worker.runReplayHistories({ workflowBundle: { code } }, [{ workflowId: taskQueue, history }]);
  for await (const { error } of replayed) if (error) return false;
  return true;
}

test('whoever asks a run whose worker is cut off leaves a history that replays', { timeout: 300_000 }, async () => {
  const code = await bundleWorkflows({ workflowsPath });
  // Without src/workflows/unreported-tasks.ts most of these do not, and sometimes all of them do: it depends on milliseconds.
  for (const away of AWAY) expect(await replays(code, away), `away for ${away} ms`).toBe(true);
});
