import { Worker } from '@temporalio/worker';
import { BenchProblem } from './problem.ts';
import type { FinishedHistory } from './throughput.ts';

/**
 * Milliseconds of replay for each event, over whole go-lives one after another in this process; the first one, which
 * also loads the bundle, is left out.
 * @throws {BenchProblem} when a history does not replay, which means that the workflow is not deterministic
 */
export async function measureReplay(bundle: string, histories: readonly FinishedHistory[]): Promise<number> {
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath: bundle } }, histories);
  let began: number | undefined;
  let events = 0;
  let index = 0;
  for await (const { workflowId, error } of replayed) {
    if (error) throw new BenchProblem(`${workflowId} does not replay: ${error.message}`);
    if (began === undefined) began = performance.now();
    else events += histories[index]?.events ?? 0;
    index += 1;
  }
  if (began === undefined || events === 0) throw new BenchProblem('there are too few histories to replay');
  return (performance.now() - began) / events;
}
