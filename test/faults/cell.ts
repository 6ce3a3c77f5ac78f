import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, workflowIdOf } from '../../src/domain/ids.ts';
import type { Progress } from '../../src/domain/run.ts';
import { playPeople } from '../../src/sandbox/people.ts';
import { until } from '../end-to-end/rig.ts';
import { historyOf } from './history.ts';
import { judge } from './judge.ts';
import { patientPlan } from './plan.ts';
import { callsOf } from './record.ts';
import type { Stage } from './stages.ts';
import type { Point } from './strike.ts';
import { World } from './world.ts';

const WITHIN = 240_000;
/** A question to a worker that was killed is answered by nobody. */
const ONE_LOOK = 3_000;
/** For what a process that woke up still has under way. */
const AFTERMATH = 1_500;

export interface Cell {
  readonly stage: Stage;
  readonly point: Point;
}

/**
 * One go-live, whose first worker is struck once at this point of this stage; a second worker takes over. Answers every
 * invariant that was broken.
 *
 * @param script the compiled `struck-worker.ts`
 */
export async function runCell({ stage, point }: Cell, script: string): Promise<readonly string[]> {
  const world = await World.start();
  const ended = new AbortController();
  try {
    const mark = join(world.home, 'struck');
    const struck = world.startWorker({ script, strike: { ...stage, point, mark } });
    const speed = speedOf(stage);
    const plan = patientPlan(speed);
    const workflowId = workflowIdOf(plan.tenant, plan.environment);
    const handle = await world.client.workflow.start('goLive', { args: [plan], taskQueue: TASK_QUEUE, workflowId });
    const people = playPeople(handle, { speed, signal: ended.signal });
    const struckAndReplaced = async () => {
      await isStruck(handle, stage, mark);
      world.startWorker();
      if (point !== 'paused before send') return;
      await until('somebody else has done it', () => doneBySomebodyElse(handle, stage), WITHIN);
      struck.kill('SIGCONT');
    };
    await Promise.all([struckAndReplaced(), travel(handle, stage)]);
    await handle.result().catch(() => undefined);
    if (point === 'paused before send') await delay(AFTERMATH);
    ended.abort();
    await people;
    return (await judge(world, handle, plan)).broken;
  } finally {
    ended.abort();
    await world.close();
  }
}

/** A day in seconds where the run goes all the way; elsewhere slow enough that each window sees something. */
function speedOf({ journey }: Stage): number {
  return journey === 'live' ? 3_000 : 1_000;
}

/** Stops the run where its journey ends. */
async function travel(handle: WorkflowHandle, { step, journey }: Stage): Promise<void> {
  if (journey === 'live') return;
  const awaited = journey === 'stopped after it' ? step : 'low-traffic';
  const hasPassed = async () => {
    const { steps, state } = await look(handle);
    if (steps.some(({ id, status }) => id === awaited && status === 'passed')) return;
    throw new Error(`${state} at ${steps.at(-1)?.id}`);
  };
  await until(`${awaited} has passed`, hasPassed, WITHIN);
  const abort = () =>
    handle.executeUpdate('abort', { args: [{ by: 'chi@acme.example', reason: 'the journey ends here' }] });
  // With a worker that is paused the server may answer that nobody took it, and whoever wants the end says so again.
  await until('the end is wanted', abort).catch(() => undefined);
}

function look(handle: WorkflowHandle): Promise<Progress> {
  return handle.client.withDeadline(Date.now() + ONE_LOOK, () => handle.query<Progress>('progress'));
}

async function isStruck(handle: WorkflowHandle, { step }: Stage, mark: string): Promise<void> {
  for (const deadline = Date.now() + WITHIN; !existsSync(mark); await delay(100)) {
    if (Date.now() < deadline) continue;
    const { state, ending } = await look(handle);
    throw new Error(`${step} was never struck: ${state}, ${ending?.why ?? 'not stopped'}`);
  }
}

async function doneBySomebodyElse(handle: WorkflowHandle, { activity, containing }: Stage): Promise<void> {
  const calls = callsOf({ history: await historyOf(handle) }, activity);
  const isDone = calls.some(({ args, completed }) => completed && JSON.stringify(args).includes(containing));
  if (!isDone) throw new Error('not yet');
}
