import { setTimeout as delay } from 'node:timers/promises';
import type { CleanUp } from './clean-up.ts';
import { startGoLive, type Bench, type Flow } from './flows.ts';
import { SMOOTH_PROFILE } from './plan.ts';
import { untilQuiet } from './quiet.ts';
import { WorkerControl } from './worker-control.ts';

export interface MemoryResult {
  readonly mbPerThousandWaiting: number;
  /** How many go-lives waited more at the end than when it was measured first. */
  readonly waiting: number;
}

const TASK_QUEUE = 'golive-memory';
const WARM_UP = 25;
const STEP = 25;
const MOST = 150;
const LONGEST = 40_000;
const SETTLING = 1_500;
const MEGABYTE = 1024 * 1024;

/**
 * The resident memory of a worker process of its own, with 25 go-lives that wait for attestations and then with as many
 * more as fit into the time, up to 150. The difference is scaled to a thousand.
 */
export async function measureMemory(bench: Bench, bundle: string, cleanUp: CleanUp): Promise<MemoryResult> {
  const { address } = bench;
  const worker = await WorkerControl.start({ kind: 'goLive', address, taskQueue: TASK_QUEUE, bundle }, cleanUp);
  const flows = await waiting(bench, WARM_UP);
  const before = await settledRss(worker);
  const until = Date.now() + LONGEST;
  while (flows.length < WARM_UP + MOST && Date.now() < until) {
    flows.push(...(await waiting(bench, STEP)));
    bench.say(`memory: ${flows.length} go-lives wait`);
  }
  const after = await settledRss(worker);
  const more = flows.length - WARM_UP;
  await Promise.all(flows.map(({ handle }) => handle.terminate('measured')));
  await worker.stop();
  return { mbPerThousandWaiting: ((after - before) / MEGABYTE / more) * 1000, waiting: more };
}

async function waiting(bench: Bench, count: number): Promise<Flow[]> {
  const flows = await Promise.all(Array.from({ length: count }, () => startGoLive(bench, SMOOTH_PROFILE, TASK_QUEUE)));
  await Promise.all(flows.map(({ handle }) => untilQuiet(handle, 200)));
  return flows;
}

async function settledRss(worker: WorkerControl): Promise<number> {
  await delay(SETTLING);
  return (await worker.use()).rss;
}
