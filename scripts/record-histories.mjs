/**
 * Records the histories that `test/replay` holds every change of the workflows against: real runs, on a real server,
 * against the sandbox. Usage: npm run record-histories [name …]. Keep the old ones as long as runs of their version may
 * be open; record new ones when a step is added.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'test/replay/histories');
const SPEED = 1440;
const WORKFLOW = 'golive/tenant_acme_prod/production';

await build();
const { freePorts } = await import('../dist/cli/ports.js');
const { findTemporalCli, temporalServerArguments } = await import('../dist/cli/temporal-server.js');
const { readExamplePlan, rehearsalPlan } = await import('../dist/cli/rehearsal-plan.js');
const { playPeople } = await import('../dist/sandbox/people.js');
const { historyToJSON } = createRequire(import.meta.url)('@temporalio/common/lib/proto-utils');

/** Each ends the run it is given, in its own way. Without `people` nobody answers what the run waits for. */
const SCENARIOS = {
  live: { play: (run) => run.people() },
  'rolled-back': { fault: 'error-spike', play: (run) => run.people() },
  'aborted-in-a-soak': {
    play: async (run) => {
      run.people();
      await run.until(({ step }) => step?.id === 'post-launch-watch');
      await run.signal('abort', { by: 'chi@acme.example', reason: 'customers report denials' });
    },
  },
  'canceled-in-a-soak': {
    play: async (run) => {
      run.people();
      await run.until(({ step }) => step?.id === 'post-launch-watch');
      await run.handle.cancel();
    },
  },
  'hostile-messages-then-abort': {
    play: async (run) => {
      await run.until(({ waitingFor }) => waitingFor.length > 0);
      await run.signalRaw('approve', 'json/protobuf', 'not a message');
      await run.signalRaw('attest', 'binary/encrypted', 'whatever');
      await run.signalRaw('hold', 'json/plain', '{"by":');
      await run.signal('approve', 42);
      await run.signal('reject');
      await run.signal('noSuchMessage', { by: 'ben@acme.example' });
      await run.signal('hold', { by: 'ana@acme.example', reason: 'a moment' });
      await run.signal('resume', { by: 'ana@acme.example' });
      await run.signal('abort', { by: 'chi@acme.example', reason: 'enough' });
    },
  },
  'blocked-then-aborted': { fault: 'bad-signature', play: (run) => run.people() },
};

const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : Object.keys(SCENARIOS);
mkdirSync(target, { recursive: true });
const children = [];
const home = mkdtempSync(join(tmpdir(), 'golive-record-'));
try {
  const [frontend, ui] = await freePorts([0, 0]);
  const address = `127.0.0.1:${frontend}`;
  start(findTemporalCli(root, process.env), temporalServerArguments({ frontend, ui }));
  const connection = await until('the server', () => Connection.connect({ address }));
  const client = new Client({ connection });
  for (const name of names) await record(name, client, address);
  await connection.close();
} finally {
  await Promise.all(children.map(stop));
  rmSync(home, { recursive: true, force: true });
}

async function record(name, client, address) {
  const { fault, play } = SCENARIOS[name];
  const folder = join(home, name);
  const flags = ['--home', folder, ...(fault ? ['--fault', fault] : [])];
  const sandbox = start(process.execPath, [join(root, 'dist/sandbox/main.js'), ...flags]);
  await until('the sandbox', () => readFileSync(join(folder, 'sandbox.json')));
  const env = { TEMPORAL_ADDRESS: address, GOLIVE_CONFIG: join(folder, 'golive.yaml'), GOLIVE_LOG_LEVEL: 'error' };
  const worker = start(process.execPath, [join(root, 'dist/worker.js')], env);
  const plan = rehearsalPlan(readExamplePlan(root), { speed: SPEED, byHand: false });
  const handle = await client.workflow.start('goLive', { args: [plan], taskQueue: 'golive', workflowId: WORKFLOW });
  const ended = new AbortController();
  const deciding = [];
  const people = () => deciding.push(playPeople(handle, { speed: SPEED, signal: ended.signal }));
  await play(runOf(handle, client, people));
  // Whatever the scenario was, people release the kill switch in the end.
  people();
  await handle.result().catch(() => undefined);
  ended.abort();
  await Promise.all(deciding);
  const history = await handle.fetchHistory();
  writeFileSync(join(target, `${name}.json`), JSON.stringify(JSON.parse(historyToJSON(history)), withoutMachine));
  console.log(`${name}: ${history.events.length} events, ${(await handle.describe()).status.name}`);
  await Promise.all([stop(worker), stop(sandbox)]);
}

/** Replay needs neither stack traces nor who polled, and both name the machine that recorded. */
function withoutMachine(key, value) {
  if (key === 'stackTrace') return '';
  const isSticky = typeof value === 'string' && /^\d+@[\w.-]+$/.test(value);
  return key === 'identity' || isSticky ? 'recorded' : value;
}

function runOf(handle, client, people) {
  return {
    handle,
    people,
    until: (wanted) =>
      until('the run to get there', async () => {
        const progress = await handle.query('progress');
        if (!wanted(progress)) throw new Error(`${progress.phase}, ${progress.state}`);
      }),
    signal: (name, ...args) => handle.signal(name, ...args),
    signalRaw: (signalName, encoding, data) =>
      client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: WORKFLOW },
        signalName,
        input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
      }),
  };
}

function start(command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return child;
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function until(what, act) {
  for (const deadline = Date.now() + 120_000; ; await delay(100)) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`not within two minutes: ${what}`, { cause: error });
    }
  }
}
