import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** A checkout with the real set-up scripts and nothing else that is real: no package, no compiler, no server, no network. */
let checkout: string;
let bin: string;
let cache: string;

const FAKE_TEMPORAL = `#!/bin/sh\necho "temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)"\n`;
const FAKE_TEST_SERVER = `#!/bin/sh\necho "Usage: <command> <port> <flags>"\n`;
const FAKE_JAVA = `#!/bin/sh\n[ "$1" = -version ] || echo "Usage: <command> <port> <flags>"\n`;
/** Writes a jar into the directory that the last argument names. */
const FAKE_MAVEN = `#!/bin/sh\nfor last; do :; done\n[ "$1" = -version ] || { mkdir -p "\${last#*=}" && echo jar > "\${last#*=}/server.jar"; }\n`;
/** Answers its version; "builds" what \`make\` writes to the file after \`-o\`. */
const fakeGo = (make: string, version = 'go1.26.8') =>
  `#!/bin/sh\nif [ "$1" = env ]; then echo ${version}; exit; fi\nwhile [ "$1" != -o ]; do shift; done\n${make}\n`;
const BUILDS_TEMPORAL = `cat > "$2" <<'END'\n${FAKE_TEMPORAL}END\nchmod 755 "$2"`;

async function program(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'golive-setup-'));
  bin = join(checkout, 'path');
  cache = join(checkout, 'cache');
  for (const directory of ['path', 'cache', 'src', 'node_modules/.bin']) {
    await mkdir(join(checkout, directory), { recursive: true });
  }
  for (const file of [
    'scripts',
    'tools',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    await cp(file, join(checkout, file), { recursive: true });
  }
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Record<string, unknown> };
  delete lock.packages[''];
  await writeFile(join(checkout, 'node_modules/.package-lock.json'), JSON.stringify(lock));
  await program(join(checkout, 'node_modules/.bin/tsc'), `#!/bin/sh\nfor last; do :; done\nmkdir "$last"\n`);
  for (const tool of ['sh', 'cat', 'chmod', 'dirname', 'mkdir', 'sleep']) {
    await symlink(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(bin, tool));
  }
});

afterEach(() => rm(checkout, { recursive: true, force: true }));

function start(mode: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['scripts/setup.mjs', mode], {
    cwd: checkout,
    env: { PATH: bin, HOME: checkout, GOLIVE_CACHE: cache, ...env },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, said: said.trim() }));
  });
  return { child, ended };
}

const setUp = (mode: string, env?: Record<string, string>) => start(mode, env).ended;

async function servers(): Promise<unknown> {
  return JSON.parse(await readFile(join(checkout, '.golive/servers.json'), 'utf8'));
}

describe('the Temporal dev server', () => {
  test('is the one that GOLIVE_TEMPORAL_CLI names, before any other', async () => {
    await program(join(bin, 'temporal'), FAKE_TEMPORAL);
    const chosen = await program(join(checkout, 'chosen'), FAKE_TEMPORAL);
    expect(await setUp('start', { GOLIVE_TEMPORAL_CLI: chosen })).toEqual({ code: 0, said: '' });
    expect(await servers()).toMatchObject({ temporalCli: chosen, how: { temporalCli: 'GOLIVE_TEMPORAL_CLI' } });
  });

  test('is not replaced in silence when the one that was named does not work', async () => {
    await program(join(bin, 'temporal'), FAKE_TEMPORAL);
    const { code, said } = await setUp('start', { GOLIVE_TEMPORAL_CLI: join(checkout, 'nothing') });
    expect(code).toBe(1);
    expect(said).toMatch(/^GOLIVE_TEMPORAL_CLI cannot be used: .* does not answer --version\.$/);
  });

  test('is taken from the path', async () => {
    await program(join(bin, 'temporal'), FAKE_TEMPORAL);
    await setUp('start');
    expect(await servers()).toMatchObject({ temporalCli: join(bin, 'temporal'), how: { temporalCli: 'path' } });
  });

  test('is built with Go when the one on the path is too old, and comes from the cache the next time', async () => {
    await program(join(bin, 'temporal'), FAKE_TEMPORAL.replace('1.31.2', '1.20.0'));
    await program(join(bin, 'go'), fakeGo(BUILDS_TEMPORAL));
    const built = join(cache, 'temporal-cli-v1.8.2/temporal');
    expect(await setUp('start')).toEqual({ code: 0, said: '' });
    expect(await servers()).toMatchObject({ temporalCli: built, how: { temporalCli: 'build' } });
    await setUp('start');
    expect(await servers()).toMatchObject({ temporalCli: built, how: { temporalCli: 'cache' } });
  });

  test('in the cache is replaced when it does not answer', async () => {
    await mkdir(join(cache, 'temporal-cli-v1.8.2'));
    await writeFile(join(cache, 'temporal-cli-v1.8.2/temporal'), 'half of a binary');
    await program(join(bin, 'go'), fakeGo(BUILDS_TEMPORAL));
    expect(await setUp('start')).toEqual({ code: 0, said: '' });
    expect(await servers()).toMatchObject({ how: { temporalCli: 'build' } });
    expect(await readdir(join(cache, 'temporal-cli-v1.8.2'))).toEqual(['temporal']);
  });

  test.each([
    ['there is no Go', null],
    ['Go is too old', fakeGo(BUILDS_TEMPORAL, 'go1.25.9')],
    ['the build fails', fakeGo('exit 1')],
    ['what was built does not work', fakeGo('echo broken > "$2"')],
  ])('cannot be had when %s, and one sentence says what to install', async (_, go) => {
    if (go !== null) await program(join(bin, 'go'), go);
    const { code, said } = await setUp('start');
    expect(code).toBe(1);
    expect(said).toMatch(/^There is no Temporal dev server: install the Temporal CLI .*Go 1\.26\.4 .*\)\.$/);
    expect(existsSync(join(cache, 'temporal-cli-v1.8.2/temporal'))).toBe(false);
    expect(await readdir(join(cache, 'temporal-cli-v1.8.2'))).toEqual([]);
  });
});

describe('the time-skipping test server', () => {
  beforeEach(() => program(join(bin, 'temporal'), FAKE_TEMPORAL));

  test('is fetched with Maven, started by a wrapper, and comes from the cache the next time', async () => {
    await program(join(bin, 'java'), FAKE_JAVA);
    await program(join(bin, 'mvn'), FAKE_MAVEN);
    const wrapper = join(cache, 'temporal-test-server-1.38.0/temporal-test-server');
    expect(await setUp('test')).toEqual({ code: 0, said: '' });
    expect(await servers()).toMatchObject({ testServer: wrapper, how: { testServer: 'maven' } });
    expect(await readFile(wrapper, 'utf8')).toContain('exec java ');
    await setUp('test');
    expect(await servers()).toMatchObject({ testServer: wrapper, how: { testServer: 'cache' } });
  });

  test('may be missing on a desk, with the sentence for those who ask, and not in CI', async () => {
    expect(await setUp('test')).toEqual({ code: 0, said: '' });
    const sentence = expect.stringMatching(/^There is no time-skipping test server: install Java and Maven/) as string;
    expect(await servers()).toMatchObject({ testServer: null, missing: { testServer: sentence } });
    expect(await setUp('test', { CI: 'true' })).toEqual({ code: 1, said: sentence });
  });

  test('is not asked for by `npm start`, which leaves what is known of it', async () => {
    const chosen = await program(join(checkout, 'chosen'), FAKE_TEST_SERVER);
    await setUp('test', { GOLIVE_TEST_SERVER: chosen });
    await setUp('start');
    expect(await servers()).toMatchObject({ testServer: chosen, how: { temporalCli: 'path' } });
  });
});

test('tests can be run without a dev server when somebody says so', async () => {
  expect(await setUp('test')).toMatchObject({ code: 1 });
  expect(await setUp('test', { GOLIVE_TESTS_WITHOUT_SERVER: '1' })).toEqual({ code: 0, said: '' });
  expect(await servers()).toMatchObject({ temporalCli: null, testServer: null });
});

test('an old Node is told which one is needed', async () => {
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as object;
  await writeFile(join(checkout, 'package.json'), JSON.stringify({ ...manifest, engines: { node: '>=99.1.0' } }));
  const { code, said } = await setUp('worker');
  expect({ code, said }).toEqual({
    code: 1,
    said: `golive needs Node 99.1.0 or newer and this is Node ${process.versions.node}; install Node 24.`,
  });
});

test('dependencies are installed again when the lock file has changed', async () => {
  const npm = join(checkout, 'npm.mjs');
  await writeFile(npm, `import { appendFileSync } from 'node:fs'; appendFileSync('installs', process.argv[2] + ' ');`);
  const installs = () => readFile(join(checkout, 'installs'), 'utf8').catch(() => 'none');
  await setUp('worker', { npm_execpath: npm });
  expect(await installs()).toBe('none');
  await writeFile(join(checkout, 'package-lock.json'), `${await readFile('package-lock.json', 'utf8')}\n`);
  await setUp('worker', { npm_execpath: npm });
  await setUp('worker', { npm_execpath: npm });
  expect(await installs()).toBe('ci ');
});

test('two set-ups of one checkout run one after the other', async () => {
  await program(join(bin, 'go'), fakeGo(`echo built >> ${checkout}/builds; sleep 0.5; ${BUILDS_TEMPORAL}`));
  const both = await Promise.all([setUp('start'), setUp('start')]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await readFile(join(checkout, 'builds'), 'utf8')).toBe('built\n');
});

test('the lock of a set-up that was killed is taken over', async () => {
  await program(join(bin, 'temporal'), FAKE_TEMPORAL);
  await mkdir(join(checkout, '.golive'));
  const lock = join(checkout, '.golive/setup.lock');
  await writeFile(lock, '1\n');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  expect(await setUp('start')).toEqual({ code: 0, said: '' });
});

test('Ctrl-C ends what the set-up started and leaves nothing half-written', async () => {
  await program(join(bin, 'go'), fakeGo(`echo half > "$2"; echo $$ > ${checkout}/pid; sleep 60`));
  const { child, ended } = start('start');
  const written = () => readFile(join(checkout, 'pid'), 'utf8').catch(() => '');
  await expect.poll(written, { timeout: 10_000 }).toMatch(/^\d+\n$/);
  const pid = Number(await written());
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 130, said: '' });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(await readdir(join(cache, 'temporal-cli-v1.8.2'))).toEqual([]);
  expect(existsSync(join(checkout, '.golive/setup.lock'))).toBe(false);
});
