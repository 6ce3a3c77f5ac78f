import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../src/domain/search-attributes.ts';
import type { CleanUp } from './clean-up.ts';
import { BenchProblem } from './problem.ts';

/** Without these the server's own defaults would be measured: 20 polls a second and timers a second coarse. */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxTimeShift="10ms"',
];
const ATTRIBUTE_TYPES = { KEYWORD: 'Keyword', INT: 'Int', KEYWORD_LIST: 'KeywordList' } as const;
const READY_WITHIN = 15_000;

export interface Server {
  readonly address: string;
  readonly connection: Connection;
}

/**
 * Starts a dev server in memory on a free port and resolves once it answers.
 * @throws {BenchProblem} when there is none or it does not come up
 */
export async function startServer(root: string, cleanUp: CleanUp): Promise<Server> {
  const port = await freePort();
  const args = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--headless',
    '--log-level',
    'error',
  ];
  for (const value of DYNAMIC_CONFIG) args.push('--dynamic-config-value', value);
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
    args.push('--search-attribute', `${name}=${ATTRIBUTE_TYPES[type]}`);
  }
  const child = spawn(findServer(root), args, { stdio: 'ignore' });
  cleanUp.add(() => void child.kill('SIGKILL'));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', ({ message }) => reject(new BenchProblem(`the dev server cannot be started: ${message}`)));
    child.once('exit', (code) => reject(new BenchProblem(`the dev server ended with exit code ${code}`)));
  });
  const address = `127.0.0.1:${port}`;
  return { address, connection: await Promise.race([connected(address), failed]) };
}

/** Where `scripts/setup.mjs` left word of it, `GOLIVE_TEMPORAL_CLI` first. */
function findServer(root: string): string {
  const noted = join(root, '.golive/servers.json');
  const servers = (existsSync(noted) ? JSON.parse(readFileSync(noted, 'utf8')) : {}) as { temporalCli?: string | null };
  const cached = join(homedir(), '.cache/golive/temporal-cli-v1.8.2/temporal');
  const found = [process.env['GOLIVE_TEMPORAL_CLI'], servers.temporalCli, cached].find(
    (path) => path && existsSync(path),
  );
  if (!found) throw new BenchProblem('there is no Temporal dev server: run `npm run bench`, which finds or builds one');
  return found;
}

async function connected(address: string): Promise<Connection> {
  const until = Date.now() + READY_WITHIN;
  for (;;) {
    try {
      return await Connection.connect({ address, connectTimeout: '1s' });
    } catch (error) {
      if (Date.now() > until) throw new BenchProblem('the dev server does not answer', { cause: error });
      await delay(100);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
