import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { requireSearchAttributes } from '../../src/worker/search-attributes.ts';
import { freePorts } from '../../src/cli/ports.ts';
import { readExamplePlan, rehearsalPlan, type PlanDraft } from '../../src/cli/rehearsal-plan.ts';
import { temporalServerArguments } from '../../src/cli/temporal-server.ts';
import { TASK_QUEUE, workflowIdOf } from '../../src/domain/ids.ts';
import type { Progress } from '../../src/domain/run.ts';
import type { FaultWish } from '../../src/sandbox/faults/fault.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';
import type { Page } from '../../src/sandbox/pager.ts';
import { playPeople } from '../../src/sandbox/people.ts';
import { SandboxControl } from '../support/sandbox-control.ts';
import { serverPath } from '../support/servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN_MS = 60_000;
/** Of a history; by default a client takes 4 MiB, which two of the largest signals exceed. */
const LARGEST_PAGE = 64 * 1024 * 1024;

/** A Temporal server, a sandbox and workers, each a process of its own; what the product consists of, without its CLI. */
export class Rig {
  readonly address: string;
  /** Where the Temporal UI is. */
  readonly ui: string;
  readonly home: string;
  readonly client: Client;
  readonly #children: ChildProcess[];
  readonly #sandbox: SandboxControl;

  private constructor(
    { address, ui }: Pick<Rig, 'address' | 'ui'>,
    home: string,
    client: Client,
    children: ChildProcess[],
  ) {
    this.address = address;
    this.ui = ui;
    this.home = home;
    this.client = client;
    this.#children = children;
    this.#sandbox = new SandboxControl(home);
  }

  static async start(...sandboxFlags: string[]): Promise<Rig> {
    const home = await mkdtemp(join(tmpdir(), 'golive-end-to-end-'));
    const [frontend = 0, ui = 0] = await freePorts([0, 0]);
    const address = `127.0.0.1:${frontend}`;
    const server = spawn(serverPath('temporalCli'), temporalServerArguments({ frontend, ui }), { stdio: 'ignore' });
    const sandbox = spawnNode('sandbox/main.js', 'ignore', {}, '--home', home, ...sandboxFlags);
    const connection = await until('the server is ready', async () => {
      const open = await Connection.connect({
        address,
        channelArgs: { 'grpc.max_receive_message_length': LARGEST_PAGE },
      });
      await requireSearchAttributes(open, 'default');
      return open;
    });
    await until('the sandbox is ready', () => readFile(join(home, 'sandbox.json'), 'utf8'));
    const places = { address, ui: `http://127.0.0.1:${ui}` };
    return new Rig(places, home, new Client({ connection }), [server, sandbox]);
  }

  /** Another worker on the same queue, ready or not. */
  startWorker(): ChildProcess {
    const log = openSync(join(this.home, 'worker.log'), 'a');
    const worker = spawnNode('worker.js', log, {
      TEMPORAL_ADDRESS: this.address,
      GOLIVE_CONFIG: join(this.home, 'golive.yaml'),
      GOLIVE_LOG_LEVEL: 'trace',
    });
    closeSync(log);
    this.#children.push(worker);
    return worker;
  }

  /** Resolves when the server knows of a worker, which its UI shows. */
  async polled(): Promise<void> {
    const taskQueue = { name: TASK_QUEUE };
    await until('a worker polls', async () => {
      const queue = await this.client.workflowService.describeTaskQueue({ namespace: 'default', taskQueue });
      if ((queue.pollers ?? []).length === 0) throw new Error('nobody polls');
    });
  }

  /** Every secret that the sandbox gave out, by the name of its file. */
  async secrets(): Promise<ReadonlyMap<string, string>> {
    const keys = join(this.home, 'keys');
    const names = await readdir(keys);
    const texts = await Promise.all(names.map((name) => readFile(join(keys, name), 'utf8')));
    return new Map(names.map((name, index) => [name, texts[index]?.trim() ?? '']));
  }

  async startGoLive(plan: PlanDraft) {
    const workflowId = workflowIdOf(plan.tenant, plan.environment);
    return this.client.workflow.start('goLive', { args: [plan], taskQueue: TASK_QUEUE, workflowId });
  }

  /** Lets the sandbox's people decide until the run has ended or `signal` is aborted. */
  people(handle: Awaited<ReturnType<Rig['startGoLive']>>, speed: number, signal: AbortSignal) {
    return playPeople(handle, { speed, signal });
  }

  /** Every effect that really took place, by the sandbox's own record. */
  ledger(): Promise<readonly Effect[]> {
    return this.#sandbox.ledger();
  }

  /** What reached the sandbox's pagers. */
  async pages(): Promise<readonly Page[]> {
    return (await this.#sandbox.state()).pages;
  }

  /** Lets the sandbox suffer this fault until `heal` is called. */
  async arm(fault: FaultWish): Promise<{ heal: () => Promise<void> }> {
    await this.#sandbox.arm(fault);
    return { heal: () => this.#sandbox.heal() };
  }

  async close(): Promise<void> {
    await this.client.connection.close();
    await Promise.all(this.#children.map(end));
    await rm(this.home, { recursive: true, force: true });
  }
}

/** The rehearsal plan at this speed. */
export function planAt(speed: number): PlanDraft {
  return rehearsalPlan(readExamplePlan(ROOT), { speed, byHand: false });
}

/** The same for people who need their time: nothing that they decided, and nothing that was found, grows too old meanwhile. */
export function unhurriedPlanAt(speed: number): PlanDraft {
  const plan = rehearsalPlan(readExamplePlan(ROOT), { speed, byHand: true });
  const { gates } = plan;
  const validFor = '7d';
  return {
    ...plan,
    gates: {
      'begin-traffic': { ...gates['begin-traffic'], validFor },
      'increase-traffic': { ...gates['increase-traffic'], validFor },
      'release-kill-switch': { ...gates['release-kill-switch'], validFor },
    },
    freshness: { facts: '7d', drills: '30d' },
  };
}

/** Asks the run where it is until it is where it should be. */
export async function untilProgress(
  handle: Pick<WorkflowHandle, 'query'>,
  what: string,
  satisfies: (progress: Progress) => boolean,
  within = READY_WITHIN_MS,
): Promise<Progress> {
  const look = async () => {
    const progress = await handle.query<Progress>('progress');
    if (!satisfies(progress)) throw new Error(`${progress.phase}, ${progress.state}, ${progress.step?.id}`);
    return progress;
  };
  return until(what, look, within);
}

/** Tries until it works; what went wrong last is told when it never does. */
export async function until<T>(what: string, act: () => Promise<T>, within = READY_WITHIN_MS): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`not within ${within / 1000} s: ${what}`, { cause: error });
      await delay(100);
    }
  }
}

function spawnNode(script: string, output: 'ignore' | number, env: NodeJS.ProcessEnv, ...args: string[]): ChildProcess {
  const path = join(ROOT, 'dist', script);
  const stdio: StdioOptions = ['ignore', output, output];
  return spawn(process.execPath, [path, ...args], { env: { ...process.env, ...env }, stdio });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
