import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE } from '../src/domain/ids.ts';
import { answerBare, answerGoLive } from './people.ts';
import { benchRequest, type BenchProfile } from './plan.ts';
import { BenchProblem } from './problem.ts';
import type { Shape } from './shape.ts';

export const BARE_TASK_QUEUE = 'bare';

/** What every measurement works with. */
export interface Bench {
  readonly client: Client;
  readonly address: string;
  /** Between 0 and 1, reproducible by the seed. */
  readonly random: () => number;
  readonly root: string;
  readonly say: (line: string) => void;
}

/** One workflow under way, with what its people do when they look at it. */
export interface Flow {
  readonly handle: WorkflowHandle;
  readonly answer: () => Promise<unknown>;
}

let started = 0;
const nextId = (kind: string) => `bench/${kind}/${(started += 1)}`;

/** Starts a go-live of one of the two profiles of the benchmark. */
export async function startGoLive(bench: Bench, profile: BenchProfile, taskQueue = TASK_QUEUE): Promise<Flow> {
  const workflowId = nextId('go-live');
  const args = [benchRequest(bench.root, profile, workflowId)];
  const handle = await bench.client.workflow.start('goLive', { workflowId, taskQueue, args });
  return { handle, answer: () => answerGoLive(handle) };
}

export async function startBare(bench: Bench, shape: Shape): Promise<Flow> {
  const options = { workflowId: nextId('bare'), taskQueue: BARE_TASK_QUEUE, args: [shape] };
  const handle = await bench.client.workflow.start('bare', options);
  return { handle, answer: () => answerBare(handle) };
}

/**
 * Has its people look at a workflow about every `every` milliseconds until it is complete.
 * @throws {BenchProblem} when it ends in another way
 */
export async function untilComplete(bench: Bench, flow: Flow, every: number): Promise<void> {
  const { handle } = flow;
  let over = false;
  const result = handle.result().finally(() => (over = true));
  const people = async () => {
    while (!over) {
      await delay(every * (0.5 + bench.random()));
      if (!over) await flow.answer().catch((error: unknown) => rethrowUnless(over, error));
    }
  };
  try {
    await Promise.all([result, people()]);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new BenchProblem(`${handle.workflowId} did not complete: ${error.cause?.message ?? error.message}`);
  }
}

/** Whoever answers a workflow that completes at this moment comes too late. */
function rethrowUnless(over: boolean, error: unknown): void {
  if (!over) throw error;
}
