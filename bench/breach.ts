import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { readExamplePlan, rehearsalPlan } from '../src/cli/rehearsal-plan.ts';
import { TASK_QUEUE } from '../src/domain/ids.ts';
import type { Progress } from '../src/domain/run.ts';
import type { Effect } from '../src/sandbox/ledger.ts';
import { playPeople } from '../src/sandbox/people.ts';
import type { CleanUp } from './clean-up.ts';
import { BenchProblem } from './problem.ts';
import { startProgram, startSandbox, type BenchSandbox } from './sandbox.ts';
import { startServer, type Server } from './server.ts';
import { quantileOf, randomFrom } from './statistics.ts';

/** From a breach until the first request of the rollback took effect, in milliseconds, run by run. */
export interface BreachResult {
  /** Milliseconds between two samples. */
  readonly every: number;
  readonly watched: readonly number[];
  /** Where the only worker was killed with the breach, and another one started. */
  readonly killed: readonly number[];
}

type Fate = 'lives' | 'is killed';

const SPEED = 1440;
/** At this speed the plan's ten seconds are shorter than a rehearsal may sample. */
const EVERY = 250;
const RATE = 120;
const READY_WITHIN = 120_000;
const LOOK_EVERY = 5;
const LONGEST_PAUSE = 400;

/**
 * Whole go-lives, one after the other, each with a sandbox, a worker and people of its own. In the first soak or later
 * everything is denied from one moment on, which a single sample shows.
 */
export async function measureBreach(
  root: string,
  { runs, seed, say, cleanUp }: { runs: number; seed: number; say: (line: string) => void; cleanUp: CleanUp },
): Promise<BreachResult> {
  const server = await startServer(root, cleanUp);
  const random = randomFrom(seed);
  const several = async (fate: Fate) => {
    const latencies: number[] = [];
    while (latencies.length < runs) {
      latencies.push(await oneRun(root, { server, fate, random, run: `${fate}/${latencies.length}`, cleanUp }));
      say(`the watcher ${fate}, run ${latencies.length}: ${Math.round(latencies.at(-1) ?? 0)} ms`);
    }
    return latencies;
  };
  return { every: EVERY, watched: await several('lives'), killed: await several('is killed') };
}

interface OneRun {
  readonly server: Server;
  readonly fate: Fate;
  readonly random: () => number;
  readonly run: string;
  readonly cleanUp: CleanUp;
}

async function oneRun(root: string, { server, fate, random, run, cleanUp }: OneRun): Promise<number> {
  const sandbox = await startSandbox(root, RATE, cleanUp);
  const workers: ChildProcess[] = [];
  const stop = () => {
    for (const worker of workers) worker.kill('SIGKILL');
    sandbox.stop();
  };
  cleanUp.add(stop);
  const startWorker = () =>
    workers.push(startProgram(root, 'worker.js', { TEMPORAL_ADDRESS: server.address, GOLIVE_CONFIG: sandbox.config }));
  startWorker();
  const plan = rehearsalPlan(readExamplePlan(root), { speed: SPEED, byHand: false });
  const options = { taskQueue: TASK_QUEUE, workflowId: `bench/breach/${run}`, args: [plan] };
  const handle = await new Client({ connection: server.connection }).workflow.start('goLive', options);
  const enough = new AbortController();
  const people = playPeople(handle, { speed: SPEED, signal: enough.signal });
  try {
    await untilTraffic(() => handle.query<Progress>('progress'));
    await delay(LONGEST_PAUSE * random());
    if ((await sandbox.effects()).some(isWayBack)) {
      throw new BenchProblem('a go-live went back before anything was wrong: the machine is too busy');
    }
    // Before the breach, or it could have been seen already.
    if (fate === 'is killed') workers[0]?.kill('SIGKILL');
    const breached = performance.now();
    await sandbox.arm({ kind: 'world', name: 'deny-all', atShare: 0 });
    if (fate === 'is killed') startWorker();
    await untilTakenBack(sandbox);
    return performance.now() - breached;
  } finally {
    enough.abort();
    await people;
    // Its worker and its platform end here, so it could never finish by itself.
    await handle.terminate('measured');
    stop();
  }
}

async function untilTraffic(ask: () => Promise<Progress>): Promise<void> {
  for (const until = Date.now() + READY_WITHIN; Date.now() < until; await delay(50)) {
    const progress = await ask().catch(() => undefined);
    if (progress?.traffic.confirmed === true && (progress.traffic.percent ?? 0) > 0) return;
  }
  throw new BenchProblem('a go-live had no traffic after two minutes');
}

async function untilTakenBack(sandbox: BenchSandbox): Promise<void> {
  for (const until = Date.now() + READY_WITHIN; Date.now() < until; await delay(LOOK_EVERY)) {
    if ((await sandbox.effects()).some(isWayBack)) return;
  }
  throw new BenchProblem('a breach was followed by nothing for two minutes');
}

function isWayBack(effect: Effect): boolean {
  return effect.what === 'share' ? effect.to < effect.from : (effect.reason?.includes('kill-switch-on') ?? false);
}

/** What the figures say, and whether the promises are kept. */
export function breachReport({ every, watched, killed }: BreachResult): {
  readonly lines: readonly string[];
  readonly isMet: boolean;
} {
  const rows = [
    { name: 'the watcher lives', latencies: watched, promised: every + 1_000 },
    { name: 'the watcher is killed', latencies: killed, promised: 15_000 },
  ].map(({ name, latencies, promised }) => {
    const [p50, p99] = [quantileOf(latencies, 0.5), quantileOf(latencies, 0.99)].map(Math.round) as [number, number];
    const isMet = p99 <= promised;
    const figures = `p50 ${p50} ms, p99 ${p99} ms of ${latencies.length}; ${promised} ms is promised`;
    return { line: `${name}: ${figures}: ${isMet ? 'MET' : 'MISSED'}`, isMet };
  });
  return {
    lines: ['breach to the first effect of the rollback', ...rows.map(({ line }) => line)],
    isMet: rows.every(({ isMet }) => isMet),
  };
}
