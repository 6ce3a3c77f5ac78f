import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { z } from 'zod';
import { requireSearchAttributes } from '../worker/search-attributes.ts';
import { childEnvironment } from './child-environment.ts';
import type { Fault } from './faults.ts';
import { freePorts } from './ports.ts';
import type { Processes } from './processes.ts';
import type { Surroundings } from './surroundings.ts';
import { findTemporalCli, temporalServerArguments, type TemporalPorts } from './temporal-server.ts';
import { untilReady } from './waiting.ts';

/** What has been started and where it is found. */
export interface Services {
  readonly temporalCli: string;
  /** host:port, as `TEMPORAL_ADDRESS` wants it. */
  readonly temporalAddress: string;
  readonly uiUrl: string;
  readonly sandbox: SandboxFacts;
  /** Stays open until the process ends: a call that is being repeated while it closes would throw where nobody catches. */
  readonly connection: Connection;
}

export interface ServicesWish {
  /** An existing folder: configuration, keys, evidence and logs go there. */
  readonly home: string;
  /** 0 for any. */
  readonly ports: TemporalPorts;
  readonly fault: Fault | undefined;
  /** How many times faster than the real clock the days of the sandbox's callers go by. */
  readonly speed: number;
  /** Decisions count only when they are signed. */
  readonly signed: boolean;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

const NAMESPACE = 'default';
const READY_WITHIN_MS = 60_000;
const SECONDS_OF_A_DAY = 24 * 60 * 60;
/** Enough for the shortest sample in the quietest hour; every one of them lies in the evidence with its five events. */
const REQUESTS_A_SECOND = 200;
const ONE_ANSWER_MS = 2_000;

const sandboxFacts = z.object({
  url: z.string(),
  control: z.string(),
  controlToken: z.string(),
  config: z.string(),
  approverKeys: z.string().nullable(),
});
/** What the sandbox tells about itself in `sandbox.json`; `controlToken` and `approverKeys` are paths of files. */
export type SandboxFacts = z.output<typeof sandboxFacts>;

/** Starts Temporal, the sandbox and a worker as processes of their own and resolves when the worker polls for work. */
export async function startServices(
  { root, env }: Surroundings,
  processes: Processes,
  wish: ServicesWish,
): Promise<Services> {
  const { signal } = wish;
  const temporalCli = findTemporalCli(root, env);
  const [frontend = 0, ui = 0, health = 0] = await freePorts([wish.ports.frontend, wish.ports.ui, 0]);
  const temporalAddress = `127.0.0.1:${frontend}`;
  const uiUrl = `http://127.0.0.1:${ui}`;
  const announce = announcing(wish.tell);
  const node = (script: string, ...args: string[]) => ({
    command: process.execPath,
    args: [join(root, 'dist', script), ...args],
  });

  processes.start({
    name: 'Temporal server',
    command: temporalCli,
    args: temporalServerArguments({ frontend, ui }),
    env: childEnvironment(env, wish.home),
  });
  processes.start({
    name: 'sandbox',
    ...node('sandbox/main.js', '--with-parent', '--home', wish.home, ...sandboxFlags(wish)),
    env: childEnvironment(env, wish.home),
  });
  const within = { within: READY_WITHIN_MS, signal };
  const connection = await announce(`Temporal server on ${temporalAddress}`, () =>
    untilReady('Temporal server', () => connect(temporalAddress), within),
  );
  const sandbox = await announce('sandbox of the platform', () =>
    untilReady('sandbox', () => readFacts(join(wish.home, 'sandbox.json')), within),
  );
  processes.start({
    name: 'worker',
    ...node('worker.js'),
    env: childEnvironment(env, wish.home, {
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: NAMESPACE,
      GOLIVE_CONFIG: sandbox.config,
      GOLIVE_HEALTH_PORT: String(health),
    }),
  });
  await announce('worker', () => untilReady('worker', () => polls(health), within));
  return { temporalCli, temporalAddress, uiUrl, sandbox, connection };
}

function sandboxFlags({ fault, speed, signed }: ServicesWish): string[] {
  const load = ['--rate', String(REQUESTS_A_SECOND), '--day', String(SECONDS_OF_A_DAY / speed)];
  return [...load, ...(fault ? ['--fault', fault] : []), ...(signed ? ['--signed'] : [])];
}

/** Says when something is ready and how long that took. */
function announcing(tell: (line: string) => void) {
  return async <T>(what: string, start: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    const result = await start();
    tell(`started: ${what} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
    return result;
  };
}

/** The port opens before the search attributes are there, and a worker that comes in between gives up. */
async function connect(address: string): Promise<Connection> {
  const connection = await Connection.connect({ address, connectTimeout: ONE_ANSWER_MS });
  try {
    await connection.withDeadline(Date.now() + ONE_ANSWER_MS, () => requireSearchAttributes(connection, NAMESPACE));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function readFacts(file: string): Promise<SandboxFacts> {
  return sandboxFacts.parse(JSON.parse(await readFile(file, 'utf8')));
}

async function polls(healthPort: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(ONE_ANSWER_MS) });
  if (!answer.ok) throw new Error(`it answers ${answer.status}`);
}
