import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ended } from './processes.ts';

const PROGRAM = 'prometheus';
const READY_WITHIN = 20_000;
const LOOK_AGAIN = 50;

/** Why there is no Prometheus to test with; `undefined` when there is one. */
export const WITHOUT_PROMETHEUS =
  spawnSync(PROGRAM, ['--version']).status === 0
    ? undefined
    : 'there is no prometheus on the path; .ci/install-packages installs it where Debian packages can be';

/** What a server is told: its own configuration, and the rules that it evaluates. */
export interface PrometheusWish {
  readonly scrape: readonly object[];
  readonly rules?: readonly object[];
  /** How often it scrapes and evaluates, as Prometheus writes durations; a second without it. */
  readonly every?: string;
  /** The directory of an earlier server, whose data this one finds. */
  readonly home?: string;
}

/** A real Prometheus on a free port of this machine, with a configuration and data of its own. */
export interface Prometheus {
  readonly url: string;
  readonly home: string;
  /** Ends the process and leaves its data. */
  stop(): Promise<void>;
  /** Ends the process and removes its data. */
  remove(): Promise<void>;
}

/** Starts one and waits until it answers. It begins to scrape about five seconds later. */
export async function startPrometheus(wish: PrometheusWish): Promise<Prometheus> {
  const { scrape, rules = [], every: interval = '1s' } = wish;
  const home = wish.home ?? (await mkdtemp(join(tmpdir(), 'golive-prometheus-')));
  // JSON is YAML.
  await writeFile(join(home, 'rules.json'), JSON.stringify({ groups: [{ name: 'test', interval, rules }] }));
  const global = { scrape_interval: interval, scrape_timeout: interval };
  const settings = { global, rule_files: ['rules.json'], scrape_configs: scrape };
  await writeFile(join(home, 'prometheus.json'), JSON.stringify(settings));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    PROGRAM,
    [
      `--config.file=${join(home, 'prometheus.json')}`,
      `--storage.tsdb.path=${join(home, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = `http://${address}`;
  const stop = () => end(child);
  try {
    await untilReady(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, home, stop, remove: () => stop().then(() => rm(home, { recursive: true, force: true })) };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  for (const since = performance.now(); performance.now() - since < READY_WITHIN; await delay(LOOK_AGAIN)) {
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (child.exitCode !== null) break;
  }
  throw new Error(`prometheus did not become ready: ${said}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = ended(child);
  child.kill('SIGTERM');
  await over;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
