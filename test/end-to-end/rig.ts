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
import type { Digest } from '../../src/domain/verdict.ts';
import { hexOf } from '../../src/evidence/digest.ts';
import type { FaultWish } from '../../src/sandbox/faults/fault.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';
import type { Page } from '../../src/sandbox/pager.ts';
import { playPeople } from '../../src/sandbox/people.ts';
import { SandboxControl } from '../support/sandbox-control.ts';
import { serverPath } from '../support/servers.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
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
  readonly #startServer: () => ChildProcess;
  readonly #children: ChildProcess[];
  #server: ChildProcess;
  readonly #sandbox: SandboxControl;

  private constructor(
    { address, ui, home, client }: Pick<Rig, 'address' | 'ui' | 'home' | 'client'>,
    startServer: () => ChildProcess,
    { server, sandbox }: { readonly server: ChildProcess; readonly sandbox: ChildProcess },
  ) {
    this.address = address;
    this.ui = ui;
    this.home = home;
    this.client = client;
    this.#startServer = startServer;
    this.#server = server;
    this.#children = [sandbox];
    this.#sandbox = new SandboxControl(home);
  }

  static start(...sandboxFlags: string[]): Promise<Rig> {
    return Rig.#open(sandboxFlags, () => []);
  }

  /** The same with a server that finds what it knew when it is started again. */
  static startDurably(...sandboxFlags: string[]): Promise<Rig> {
    return Rig.#open(sandboxFlags, (home) => ['--db-filename', join(home, 'temporal.db')]);
  }

  static async #open(sandboxFlags: readonly string[], serverFlags: (home: string) => string[]): Promise<Rig> {
    const home = await mkdtemp(join(tmpdir(), 'golive-end-to-end-'));
    const [frontend = 0, ui = 0] = await freePorts([0, 0]);
    const address = `127.0.0.1:${frontend}`;
    const flags = [...temporalServerArguments({ frontend, ui }), ...serverFlags(home)];
    const startServer = () => spawn(serverPath('temporalCli'), flags, { stdio: 'ignore' });
    const server = startServer();
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
    const client = new Client({ connection });
    return new Rig({ address, ui: `http://127.0.0.1:${ui}`, home, client }, startServer, { server, sandbox });
  }

  /** Kills the server. What it knew is lost unless it was started durably. */
  async stopServer(): Promise<void> {
    await end(this.#server);
  }

  /** Starts the server again where it was. */
  restartServer(): void {
    this.#server = this.#startServer();
  }

  /** Another worker on the same queue, ready or not; of another build where one is named. */
  startWorker(root = ROOT): ChildProcess {
    const log = openSync(join(this.home, 'worker.log'), 'a');
    const worker = spawnScript(join(root, 'dist/worker.js'), log, {
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
  people(handle: WorkflowHandle, speed: number, signal: AbortSignal) {
    return playPeople(handle, { speed, signal });
  }

  /** Every effect that really took place, by the sandbox's own record. */
  ledger(): Promise<readonly Effect[]> {
    return this.#sandbox.ledger();
  }

  /** Facts of a run that was or is on this rig, by their digest. */
  async facts(digest: Digest | null | undefined): Promise<unknown> {
    const kept = await readdir(join(this.home, 'evidence'), { recursive: true, withFileTypes: true });
    const file = kept.find(({ name }) => digest && name === `${hexOf(digest)}.json`);
    if (file === undefined) throw new Error(`there are no facts ${digest}`);
    return JSON.parse(await readFile(join(file.parentPath, file.name), 'utf8'));
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
    await Promise.all([...this.#children, this.#server].map(end));
    await rm(this.home, { recursive: true, force: true });
  }
}

/** The rehearsal plan at this speed. */
export function planAt(speed: number): PlanDraft {
  return rehearsalPlan(readExamplePlan(ROOT), { speed, byHand: false });
}

/** The same for people who need their time. */
export function unhurriedPlanAt(speed: number): PlanDraft {
  return rehearsalPlan(readExamplePlan(ROOT), { speed, byHand: true });
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
  return spawnScript(join(ROOT, 'dist', script), output, env, ...args);
}

function spawnScript(path: string, output: 'ignore' | number, env: NodeJS.ProcessEnv, ...args: string[]): ChildProcess {
  const stdio: StdioOptions = ['ignore', output, output];
  return spawn(process.execPath, [path, ...args], { env: { ...process.env, ...env }, stdio });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
