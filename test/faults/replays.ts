import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';

const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

type RawHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** S13: what keeps a history from replaying with the workflows of today; nothing when it does. */
export async function replayProblems(workflowId: string, history: RawHistory): Promise<readonly string[]> {
  const problems: string[] = [];
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath: BUNDLE } }, [{ workflowId, history }]);
  for await (const { error } of replayed) if (error) problems.push(`S13: ${error.name}: ${error.message}`);
  return problems;
}
