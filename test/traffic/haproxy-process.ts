import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { Pool } from 'undici';
import { onTestFinished, type TestContext } from 'vitest';

type Side = 'intended' | 'bypass';

/** The real HAProxy with a configuration of `docs/haproxy`, and two services behind it. Everything is a socket in one folder. */
export interface Haproxy {
  /** Its runtime API. */
  readonly socket: string;
  /** The file of the map in sticky mode. */
  readonly map: string;
  /** What the runtime API answers to a command, past the adapter. */
  readonly run: (command: string) => Promise<string>;
  /** Which side a request with these headers comes to; `path` only matters to what a test added. */
  readonly ask: (headers: Record<string, string>, path?: string) => Promise<Answer>;
  /** A new process takes over from the one there is, as at every reload; waited for until it answers. */
  reload(): Promise<void>;
  /** Ends a service behind it; HAProxy notices by its checks. */
  stop(side: Side): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly side: string;
  readonly headers: IncomingMessage['headers'] | Record<string, unknown>;
}

/** A passage of the configuration, and what stands there in the test. */
export type Change = readonly [passage: string, replacement: string];

/** What the services behind it do with a request; without one they say which side they are. */
export type Services = Partial<Readonly<Record<Side, RequestListener>>>;

/** Has HAProxy itself say at `/bucket` which bucket a caller falls into. */
export const SORTED: Change = [
  '  use_backend intended',
  '  http-request return status 200 hdr x-bucket %[var(txn.golive_bucket)] if { path /bucket }\n  use_backend intended',
];

/** One caller for each of the 100 buckets, as HAProxy itself sorts them; it has to be {@link SORTED}. */
export async function callersOf({ ask }: Haproxy): Promise<string[]> {
  const callers = new Map<number, string>();
  for (let next = 0; callers.size < 100 && next < 5_000; next++) {
    const { headers } = await ask({ 'x-actor-id': `agent-${next}` }, '/bucket');
    callers.set(Number(headers['x-bucket']), `agent-${next}`);
  }
  if (callers.size !== 100) throw new Error(`${callers.size} of 100 buckets have a caller`);
  return [...callers.values()];
}

/** Where Debian puts it, which is not on everybody's path. */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
const CONFIGURATIONS = new URL('../../docs/haproxy/', import.meta.url);
const READY_WITHIN = 5_000;
const LOOK_EVERY = 10;

/** Why the tests with the real HAProxy cannot run here; `undefined` when they can. */
function missing(): string | undefined {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore', env });
    return undefined;
  } catch {
    return 'HAProxy is not installed (Debian: apt-get install haproxy)';
  }
}

const REASON = missing();

/** Starts HAProxy until the test is over, or skips the test where there is none. */
export async function startHaproxy(
  context: TestContext,
  mode: 'weight' | 'sticky',
  changes: readonly Change[] = [],
  behind: Services = {},
): Promise<Haproxy> {
  if (REASON !== undefined) context.skip(REASON);
  const home = mkdtempSync(join(tmpdir(), 'golive-haproxy-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const at = (name: string) => join(home, name);
  const serve = (side: Side) => service(at(side), behind[side] ?? ((_, response) => void response.end(side)));
  const services = { intended: await serve('intended'), bypass: await serve('bypass') };
  writeFileSync(at('golive.map'), readFileSync(new URL('golive.map', CONFIGURATIONS)));
  writeFileSync(at('haproxy.cfg'), configured(mode, [...moved(mode, at), ...changes]));
  let child = await started(at, []);
  const pool = new Pool('http://callers', { connect: { socketPath: at('callers') }, connections: 8 });
  onTestFinished(() => pool.destroy());
  const run = (command: string) => say(at('api'), command);
  return {
    socket: at('api'),
    map: at('golive.map'),
    run,
    async ask(headers, path = '/authorize') {
      const { statusCode, headers: answered, body } = await pool.request({ method: 'GET', path, headers });
      return { status: statusCode, side: await body.text(), headers: answered };
    },
    async reload() {
      child = await started(at, ['-sf', String(child.pid)]);
    },
    async stop(side) {
      services[side].close();
      services[side].closeAllConnections();
    },
  };
}

/** The configuration with every change made; one whose passage is not there would change nothing and nobody would know. */
function configured(mode: 'weight' | 'sticky', changes: readonly Change[]): string {
  const original = readFileSync(new URL(`${mode}.cfg`, CONFIGURATIONS), 'utf8');
  return changes.reduce((configuration, [passage, replacement]) => {
    if (!configuration.includes(passage)) throw new Error(`the configuration has no "${passage}"`);
    return configuration.replaceAll(passage, replacement);
  }, original);
}

/** Everything is in the folder of the test, so that tests beside each other share no port. */
function moved(mode: 'weight' | 'sticky', at: (name: string) => string): readonly Change[] {
  return [
    ['/run/haproxy/golive.sock mode 660 group golive', `${at('api')} mode 600`],
    ['127.0.0.1:8080', `unix@${at('callers')}`],
    ['127.0.0.1:8081 ', `unix@${at('intended')} `],
    ['127.0.0.1:8082 ', `unix@${at('bypass')} `],
    [' check\n', ' check inter 50ms fall 1 rise 1\n'],
    ...(mode === 'sticky' ? ([['/etc/haproxy/golive.map,', `${at('golive.map')},`]] as const) : []),
  ];
}

async function started(at: (name: string) => string, more: readonly string[]): Promise<ChildProcess> {
  const child = spawn('haproxy', ['-db', '-f', at('haproxy.cfg'), ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy did not start: ${said}`);
    return (await say(at('api'), 'show info')).includes(`\nPid: ${child.pid}\n`);
  });
  return child;
}

async function service(path: string, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

/** One command over a connection of its own; empty while nobody listens. */
async function say(path: string, command: string): Promise<string> {
  const socket = connect({ path });
  socket.write(`${command}\n`);
  return text(socket).catch(() => '');
}

/** Looks until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const began = performance.now(); performance.now() - began < READY_WITHIN; await delay(LOOK_EVERY)) {
    if (await isSo()) return;
  }
  throw new Error('did not come to pass');
}
