import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, workflowIdOf } from '../../src/domain/ids.ts';
import type { Progress } from '../../src/domain/run.ts';
import { playPeople } from '../../src/sandbox/people.ts';
import { until } from '../end-to-end/rig.ts';
import { driverOf } from './collect.ts';
import { judge, type Judgement } from './judge.ts';
import { patientPlan } from './plan.ts';
import { scheduleOf, type Disturbance, type Intention } from './schedule.ts';
import { World } from './world.ts';

const SPEED = 4_000;
/** Once everything is healed; the longest chain of retries by itself lies within. */
const ENDS_WITHIN = 240_000;
/** Every question is work for the worker that is asked. */
const LOOK_EVERY = 1_000;

/**
 * One go-live under the disturbances of this seed. When the last of them is over everything is healed, and it must come to an
 * end.
 *
 * @param clock the compiled `stepped-clock.ts`
 */
export async function rehearse(seed: string, clock: string): Promise<Judgement> {
  const { intention, disturbances } = scheduleOf(seed);
  const world = await World.start({ script: clock, env: {} });
  const ended = new AbortController();
  try {
    if (intention.kind === 'breach') await world.sandbox.arm({ kind: 'world', name: 'error-spike' });
    const crew = new Crew(world);
    const plan = patientPlan(SPEED);
    const workflowId = workflowIdOf(plan.tenant, plan.environment);
    const handle = await world.client.workflow.start('goLive', { args: [plan], taskQueue: TASK_QUEUE, workflowId });
    const people = playPeople(handle, { speed: SPEED, signal: ended.signal });
    await Promise.all([meddle(handle, intention), ...disturbances.map((it) => disturb(world, crew, it))]);
    await heal(world);
    const driver = await comeToAnEnd(crew, () => driverOf(handle, plan), ended.signal);
    ended.abort();
    await people;
    const { state, broken } = await judge(world, handle, plan);
    return { state, broken: [...broken, ...(await pendingOf(driver))] };
  } finally {
    ended.abort();
    await world.close();
  }
}

/** The worker at work, which dies and is replaced. */
class Crew {
  readonly #world: World;
  #worker: ChildProcess;

  constructor(world: World) {
    this.#world = world;
    this.#worker = world.startWorker();
  }

  /** Ends a worker in this way, and has another one begin so many milliseconds later; one that is paused goes on beside it. */
  async suffer(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP', lasts: number): Promise<void> {
    const worker = this.#worker;
    worker.kill(signal);
    if (signal === 'SIGSTOP') {
      await delay(lasts);
      worker.kill('SIGCONT');
      return;
    }
    await delay(lasts);
    this.replace();
  }

  replace(): void {
    this.#worker = this.#world.startWorker();
  }

  /** Does what runs workers somewhere: one that has ended, as when there was no server as it began, is started again. */
  attend(): void {
    if (this.#worker.exitCode !== null || this.#worker.signalCode !== null) this.replace();
  }
}

async function meddle(handle: WorkflowHandle, intention: Intention): Promise<void> {
  if (intention.kind !== 'abort' && intention.kind !== 'cancel') return;
  await delay(intention.after);
  const abort = () => handle.signal('abort', { by: 'chi@acme.example', reason: 'the rehearsal is to end' });
  const wish = async () => void (await (intention.kind === 'cancel' ? handle.cancel() : abort()));
  // While the server is away nobody hears it, and whoever wants it says it again; a run that has ended hears nothing.
  await until('the end is wanted', () => withDeadline(handle, wish)).catch(() => undefined);
}

async function disturb(world: World, crew: Crew, disturbance: Disturbance): Promise<void> {
  const { after, lasts } = disturbance;
  await delay(after);
  switch (disturbance.kind) {
    case 'worker':
      return crew.suffer(disturbance.signal, lasts);
    case 'server':
      return world.loseServer(lasts);
    case 'weather': {
      const proxy = disturbance.before === 'server' ? world.toServer : world.toPlatform;
      await proxy.become(disturbance.weather);
      await delay(lasts);
      return proxy.become({ kind: 'clear' });
    }
    case 'platform':
      return world.sandbox.arm(disturbance.fault);
    case 'clock':
      world.setPlatformClock(disturbance.wrongBy);
      await delay(lasts);
      world.setPlatformClock(0);
  }
}

/** Everything works again from here on; what the policies break by themselves goes on. */
async function heal(world: World): Promise<void> {
  await Promise.all([world.toServer.become({ kind: 'clear' }), world.toPlatform.become({ kind: 'clear' })]);
  world.setPlatformClock(0);
}

/** Follows the run, if need be to its guardian, and answers who drove it last. */
async function comeToAnEnd(
  crew: Crew,
  driving: () => Promise<WorkflowHandle>,
  signal: AbortSignal,
): Promise<WorkflowHandle> {
  let driver = await driving();
  const look = async () => {
    await delay(LOOK_EVERY);
    crew.attend();
    const next = await driving();
    if (next.workflowId !== driver.workflowId) void playPeople(next, { speed: SPEED, signal });
    driver = next;
    const { status } = await driver.describe();
    if (status.name !== 'RUNNING') return;
    const { state } = await driver.query<Progress>('progress');
    if (state !== 'rollback-incomplete') throw new Error(state);
  };
  // What stays open all the same is for the invariants to judge.
  await until('the run has ended', () => withDeadline(driver, look), ENDS_WITHIN).catch(() => undefined);
  return driver;
}

/** What a run that should have ended waits for. */
async function pendingOf(driver: WorkflowHandle): Promise<readonly string[]> {
  const { raw, status } = await driver.describe();
  if (status.name !== 'RUNNING') return [];
  const { state } = await driver.query<Progress>('progress');
  if (state === 'rollback-incomplete') return [];
  return (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `under way: ${activityType?.name}, attempt ${attempt}, ${lastFailure?.message ?? 'no failure'}`,
  );
}

function withDeadline<T>(handle: WorkflowHandle, act: () => Promise<T>): Promise<T> {
  return handle.client.withDeadline(Date.now() + 5_000, act);
}
