import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from '../../src/cli/ports.ts';
import { temporalServerArguments } from '../../src/cli/temporal-server.ts';
import { requireSearchAttributes } from '../../src/worker/search-attributes.ts';
import { until } from '../end-to-end/rig.ts';
import { SandboxControl } from '../support/sandbox-control.ts';
import { serverPath } from '../support/servers.ts';
import { FaultProxy } from './proxy.ts';
import { Children } from './children.ts';
import { STRIKE_VARIABLE, type Strike } from './strike.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Evaluated requests a second: enough for the shortest window at a fast clock. */
const RATE = '40';

/** A file that is loaded into a process before its program. */
export interface Preload {
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A Temporal server with a database on disk, a sandbox and workers, each a process of its own that can be killed, paused and
 * started again; between a worker and the other two lie proxies.
 */
export class World {
  readonly home: string;
  readonly client: Client;
  readonly sandbox: SandboxControl;
  readonly toServer: FaultProxy;
  readonly toPlatform: FaultProxy;
  readonly #ports: { readonly frontend: number; readonly ui: number };
  readonly #children: Children;
  readonly #platform: ChildProcess;
  #server: ChildProcess;
  /** Losses of the server, one after the other. */
  #losses: Promise<void> = Promise.resolve();

  private constructor(parts: Pick<World, 'home' | 'client' | 'toServer' | 'toPlatform'>, own: Own) {
    this.home = parts.home;
    this.client = parts.client;
    this.toServer = parts.toServer;
    this.toPlatform = parts.toPlatform;
    this.sandbox = new SandboxControl(parts.home);
    this.#ports = own.ports;
    this.#server = own.server;
    this.#platform = own.sandbox;
    this.#children = own.children;
  }

  /** @param clock loaded into the sandbox where its clock is to be set */
  static async start(clock?: Preload): Promise<World> {
    const home = await mkdtemp(join(tmpdir(), 'golive-faults-'));
    const [frontend = 0, ui = 0] = await freePorts([0, 0]);
    const ports = { frontend, ui };
    const children = new Children();
    const server = children.hold(startServer(home, ports));
    const sandbox = children.hold(startNode('sandbox/main.js', ['--home', home, '--rate', RATE], 'ignore', clock));
    const connection = await until('the server is ready', () => connected(frontend));
    const url = await until('the sandbox is ready', async () => {
      const facts = JSON.parse(await readFile(join(home, 'sandbox.json'), 'utf8')) as { url: string };
      return new URL(facts.url);
    });
    const toServer = await FaultProxy.before(frontend);
    const toPlatform = await FaultProxy.before(Number(url.port));
    await putBetween(join(home, 'golive.yaml'), url.origin, `http://127.0.0.1:${toPlatform.port}`);
    const client = new Client({ connection });
    return new World({ home, client, toServer, toPlatform }, { ports, children, server, sandbox });
  }

  /** Another worker, the one that is shipped; with `strike` it strikes itself there, by what is compiled in `script`. */
  startWorker(strike?: { readonly script: string; readonly strike: Strike }): ChildProcess {
    const log = openSync(join(this.home, 'worker.log'), 'a');
    const armed = strike && { script: strike.script, env: { [STRIKE_VARIABLE]: JSON.stringify(strike.strike) } };
    const worker = this.#children.hold(
      startNode('worker.js', [], log, {
        ...armed,
        env: {
          ...armed?.env,
          TEMPORAL_ADDRESS: `127.0.0.1:${this.toServer.port}`,
          GOLIVE_CONFIG: join(this.home, 'golive.yaml'),
          GOLIVE_LOG_LEVEL: 'debug',
        },
      }),
    );
    closeSync(log);
    return worker;
  }

  /** Kills the server and starts it, so many milliseconds later, on the database that it left. */
  async loseServer(milliseconds: number): Promise<void> {
    this.#losses = this.#losses.then(async () => {
      await this.#children.kill(this.#server);
      await delay(milliseconds);
      this.#server = this.#children.hold(startServer(this.home, this.#ports));
      await until('the server is ready again', async () => (await connected(this.#ports.frontend)).close());
    });
    return this.#losses;
  }

  /** From now on the platform's clock is wrong by so many milliseconds. Needs a sandbox whose clock can be set. */
  setPlatformClock(milliseconds: number): void {
    this.#platform.send(milliseconds);
  }

  async close(): Promise<void> {
    await this.client.connection.close();
    await this.#children.killAll();
    await Promise.all([this.toServer.close(), this.toPlatform.close()]);
    await rm(this.home, { recursive: true, force: true });
  }
}

/**
 * Leads the worker's calls through a proxy. Not those to the health of the services: that those are monitored is told by their
 * addresses.
 */
async function putBetween(config: string, direct: string, proxied: string): Promise<void> {
  const lines = (await readFile(config, 'utf8')).split('\n');
  const isHealth = (line: string) => line.includes(`${direct}/services/`);
  await writeFile(config, lines.map((line) => (isHealth(line) ? line : line.replace(direct, proxied))).join('\n'));
}

interface Own {
  readonly children: Children;
  readonly ports: { readonly frontend: number; readonly ui: number };
  readonly server: ChildProcess;
  readonly sandbox: ChildProcess;
}

async function connected(port: number): Promise<Connection> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  await requireSearchAttributes(connection, 'default');
  return connection;
}

function startServer(home: string, ports: { readonly frontend: number; readonly ui: number }): ChildProcess {
  const args = [...temporalServerArguments(ports), '--db-filename', join(home, 'temporal.db')];
  return spawn(serverPath('temporalCli'), args, { stdio: 'ignore', detached: true });
}

function startNode(
  script: string,
  args: readonly string[],
  output: 'ignore' | number,
  { script: preload, env = {} }: Partial<Preload> = {},
): ChildProcess {
  const before = preload === undefined ? [] : ['--import', pathToFileURL(preload).href];
  const path = join(ROOT, 'dist', script);
  const stdio = ['ignore', output, output, 'ipc'] as const;
  return spawn(process.execPath, [...before, path, ...args], {
    env: { ...process.env, ...env },
    stdio: [...stdio],
    detached: true,
  });
}
