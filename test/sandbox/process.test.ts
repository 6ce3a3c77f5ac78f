import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ready = z.object({ ready: z.literal(true), url: z.url() });
const facts = z.object({
  url: z.string(),
  control: z.string(),
  controlToken: z.string(),
  config: z.string(),
  pid: z.int(),
});

let built: string;
let child: ChildProcess | undefined;

/** Below node_modules, so that what is built there finds its packages. */
beforeAll(async () => {
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  built = await mkdtemp(join(cache, 'golive-sandbox-'));
  await writeFile(join(built, 'package.json'), '{ "type": "module" }');
  const config = join(built, 'tsconfig.json');
  const compilerOptions = { rootDir: join(root, 'src'), outDir: built };
  const files = [join(root, 'src/sandbox/main.ts')];
  await writeFile(
    config,
    JSON.stringify({ extends: join(root, 'tsconfig.build.json'), compilerOptions, include: [], files }),
  );
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', config]);
}, 60_000);
afterEach(() => child?.kill('SIGKILL'));
afterAll(() => rm(built, { recursive: true, force: true }));

function run(...flags: string[]): ChildProcess {
  child = spawn(process.execPath, [join(built, 'sandbox/main.js'), ...flags], { stdio: ['pipe', 'pipe', 'pipe'] });
  return child;
}

/** Its first line on standard output. */
async function announced({ stdout }: ChildProcess): Promise<z.output<typeof ready>> {
  let text = '';
  for await (const piece of stdout ?? []) {
    text += String(piece);
    if (text.includes('\n')) break;
  }
  return ready.parse(JSON.parse(text));
}

async function ended(running: ChildProcess): Promise<unknown> {
  const [code] = running.exitCode === null ? await once(running, 'exit') : [running.exitCode];
  return code;
}

it('A sandbox announces itself in one line of JSON and answers at that address', async () => {
  const { url } = await announced(run());
  expect((await fetch(`${url}/services/api/health`)).status).toBe(200);
});

it('A home holds a configuration of the example’s shape, with secrets that only their owner can read', async () => {
  const home = join(built, 'home');
  const { url } = await announced(run('--home', home));
  const config = await readFile(join(home, 'golive.yaml'), 'utf8');
  const example: unknown = parse(await readFile(join(root, 'contract/golive.example.yaml'), 'utf8'));
  const profile = z.object({ profiles: z.record(z.string(), z.record(z.string(), z.unknown())) });
  const ours = profile.parse(parse(config)).profiles['sandbox'] ?? {};
  const theirs = profile.parse(example).profiles['acme-production'] ?? {};
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  expect(ours['rehearsal']).toBe(true);
  const keys = (value: unknown) => Object.keys(z.record(z.string(), z.unknown()).parse(value));
  for (const part of ['intended', 'metrics']) expect(keys(ours[part])).toEqual(keys(theirs[part]));
  // The sandbox's router takes back what nobody renews, which not every router can.
  expect(keys(ours['traffic'])).toEqual([...keys(theirs['traffic']), 'lease']);
  // A bearer token is optional there, and the sandbox asks for one.
  expect(keys(ours['monitoring']).filter((key) => key !== 'token')).toEqual(keys(theirs['monitoring']));

  const told = facts.parse(JSON.parse(await readFile(join(home, 'sandbox.json'), 'utf8')));
  expect(told).toMatchObject({ url, pid: child?.pid, config: join(home, 'golive.yaml') });
  for (const name of [
    'intended-api-key',
    'intended-staging-api-key',
    'router-token',
    'monitoring-token',
    'control-token',
  ]) {
    const file = join(home, 'keys', name);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(config).not.toContain(await readFile(file, 'utf8'));
  }
  const headers = { authorization: `Bearer ${await readFile(told.controlToken, 'utf8')}` };
  expect(await (await fetch(`${told.control}/ledger`, { headers })).json()).toEqual({ effects: [] });
});

it('A fault named on the command line is armed from the start', async () => {
  const { url } = await announced(run('--fault', 'degraded-service', '--fault', 'error-spike'));
  expect(await (await fetch(`${url}/services/policy-engine/health`)).json()).toMatchObject({ status: 'degraded' });
});

it.each([
  ['--fault', 'none'],
  ['--port', 'eighty'],
  ['--surprise', 'yes'],
])('An argument it does not understand (%s %s) is a usage error', async (...flags) => {
  expect(await ended(run(...flags))).toBe(2);
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it within a second, even with requests under way', async (signal) => {
  const running = run('--rate', '500', '--home', join(built, 'busy'));
  const { url } = await announced(running);
  const authorization = `Bearer ${await readFile(join(built, 'busy/keys/router-token'), 'utf8')}`;
  const headers = { authorization, 'if-match': 'v1' };
  expect((await fetch(`${url}/router/share`, { method: 'PUT', headers, body: '{"percent":100}' })).status).toBe(200);
  const started = performance.now();
  running.kill(signal);
  expect(await ended(running)).toBe(0);
  expect(performance.now() - started).toBeLessThan(1500);
});

it('Started with --with-parent it ends when its parent is gone', async () => {
  const running = run('--with-parent');
  await announced(running);
  running.stdin?.end();
  expect(await ended(running)).toBe(0);
});
