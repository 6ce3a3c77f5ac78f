import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';

const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

type RawHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** One after the other: the runtime beneath ends with the last of them, and must not do so while another one begins. */
let previous: Promise<unknown> = Promise.resolve();

/** S13: what keeps a history from replaying with the workflows of today; nothing when it does. */
export function replayProblems(workflowId: string, history: RawHistory): Promise<readonly string[]> {
  const replayed = previous.then(() => replay(workflowId, history));
  previous = replayed.catch(() => undefined);
  return replayed;
}

async function replay(workflowId: string, history: RawHistory): Promise<readonly string[]> {
  const problems: string[] = [];
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath: BUNDLE } }, [{ workflowId, history }]);
  for await (const { error } of replayed) if (error) problems.push(`S13: ${error.name}: ${error.message}`);
  return problems;
}
