import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { readExamplePlan, rehearsalPlan } from '../src/cli/rehearsal-plan.ts';
import { guardianIdOf, TASK_QUEUE } from '../src/domain/ids.ts';
import type { Progress } from '../src/domain/run.ts';
import type { Effect } from '../src/sandbox/ledger.ts';
import { playPeople } from '../src/sandbox/people.ts';
import type { CleanUp } from './clean-up.ts';
import { BenchProblem } from './problem.ts';
import { startProgram, startSandbox, type BenchSandbox } from './sandbox.ts';
import type { Server } from './server.ts';

/** Where a go-live takes place. */
export interface Site {
  readonly root: string;
  readonly server: Server;
  readonly cleanUp: CleanUp;
}

/** A go-live of its own, with traffic, a sandbox, a worker and people. */
export interface GoLive {
  readonly handle: WorkflowHandle;
  readonly sandbox: BenchSandbox;
  readonly startWorker: () => void;
  readonly killWorker: () => void;
}

/** How many go-lives are measured, and who hears of each. */
export interface Series {
  readonly runs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly cleanUp: CleanUp;
}

const SPEED = 1440;
const RATE = 120;
const WITHIN = 120_000;
const LOOK_EVERY = 5;
const LONGEST_PAUSE = 400;

interface Casting {
  readonly name: string;
  readonly random: () => number;
}

/** What `measure` finds of each of several go-lives, one after the other. */
export async function oneByOne<T>(
  site: Site,
  { name, random, runs, say }: Pick<Series, 'runs' | 'say'> & Casting,
  { measure, inWords }: { readonly measure: (golive: GoLive) => Promise<T>; readonly inWords: (found: T) => string },
): Promise<readonly T[]> {
  const all: T[] = [];
  while (all.length < runs) {
    const found = await withTraffic(site, { name: `${name}/${all.length}`, random }, measure);
    all.push(found);
    say(`${name}, run ${all.length}: ${inWords(found)}`);
  }
  return all;
}

/** Lets `story` see a go-live from some moment after its first traffic on, and then ends everything of it. */
async function withTraffic<T>(
  { root, server, cleanUp }: Site,
  { name, random }: Casting,
  story: (golive: GoLive) => Promise<T>,
): Promise<T> {
  const sandbox = await startSandbox(root, RATE, cleanUp);
  const workers: ChildProcess[] = [];
  const killWorker = () => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  };
  const stop = () => {
    killWorker();
    sandbox.stop();
  };
  cleanUp.add(stop);
  const env = { TEMPORAL_ADDRESS: server.address, GOLIVE_CONFIG: sandbox.config };
  const startWorker = () => void workers.push(startProgram(root, 'worker.js', env));
  startWorker();
  const plan = rehearsalPlan(readExamplePlan(root), { speed: SPEED, byHand: false });
  const options = { taskQueue: TASK_QUEUE, workflowId: `bench/${name}`, args: [plan] };
  const { workflow } = new Client({ connection: server.connection });
  const handle = await workflow.start('goLive', options);
  const guardian = workflow.getHandle(guardianIdOf(plan.tenant, plan.environment));
  const enough = new AbortController();
  const people = playPeople(handle, { speed: SPEED, signal: enough.signal });
  try {
    await untilTraffic(handle);
    await delay(LONGEST_PAUSE * random());
    if ((await sandbox.effects()).some(isWayBack)) {
      throw new BenchProblem('a go-live went back before anything was wrong: the machine is too busy');
    }
    return await story({ handle, sandbox, startWorker, killWorker });
  } finally {
    enough.abort();
    await people;
    // Their worker and their platform end here, so they could never finish by themselves.
    for (const left of [handle, guardian]) await left.terminate('measured').catch(() => undefined);
    stop();
  }
}

/** Resolves when the platform has an effect of this kind. */
export async function untilEffect({ sandbox }: GoLive, what: string, isIt: (effect: Effect) => boolean): Promise<void> {
  for (const until = Date.now() + WITHIN; Date.now() < until; await delay(LOOK_EVERY)) {
    if ((await sandbox.effects()).some(isIt)) return;
  }
  throw new BenchProblem(`two minutes without ${what}`);
}

export function isHalt(effect: Effect): boolean {
  return effect.what === 'emergency' && (effect.reason?.includes('kill-switch-on') ?? false);
}

export function isWayBack(effect: Effect): boolean {
  return effect.what === 'share' ? effect.to < effect.from : isHalt(effect);
}

async function untilTraffic(handle: WorkflowHandle): Promise<void> {
  for (const until = Date.now() + WITHIN; Date.now() < until; await delay(50)) {
    const progress = await handle.query<Progress>('progress').catch(() => undefined);
    if (progress?.traffic.confirmed === true && (progress.traffic.percent ?? 0) > 0) return;
  }
  throw new BenchProblem('a go-live had no traffic after two minutes');
}
