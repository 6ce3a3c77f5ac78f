import { basename, dirname } from 'node:path';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runProgram, type Program } from '../../src/intended/program.ts';
import { executable, standIn } from '../support/stand-in.ts';

const LARGEST = 1_048_576;
const LONG = 60_000;
const NOBODY = new AbortController().signal;

function run(binary: string, changed: Partial<Program> = {}, caller = NOBODY) {
  const program = { binary, args: [], variables: {}, timeoutMs: LONG, largestOutput: LARGEST, ...changed };
  return runProgram(program, caller);
}

/** Tells who lives: programs connect to it, and their end, however sudden, closes the connection. */
async function lifelines() {
  const open = new Set<Socket>();
  let known = 0;
  const server = createServer((socket) => {
    known += 1;
    open.add(socket.on('error', () => undefined).on('close', () => open.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const until = (holds: () => void) => vi.waitFor(holds, { timeout: 15_000, interval: 5 });
  return {
    /** Code that lives until it is killed, or at last until the test is over; `then` runs once it is known to live. */
    live: (then = '') =>
      `require('node:net').connect(${port}, '127.0.0.1', () => { ${then} }).on('close', () => process.exit()).resume();`,
    alive: (count: number) => until(() => expect(open.size).toBe(count)),
    /** So many lived, and none does any more. */
    gone: (count: number) => until(() => expect([known, open.size]).toEqual([count, 0])),
  };
}

const SHARES_OUTPUTS = { stdio: ['ignore', 'inherit', 'inherit'] };

/** Code that starts another program, a Node with this code. */
const alongside = (code: string, options: object = SHARES_OUTPUTS) =>
  `const other = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(code)}], ${JSON.stringify(options)});`;

const openPipes = () => process.getActiveResourcesInfo().filter((resource) => resource === 'PipeWrap').length;

const IGNORES_REQUESTS = `process.on('SIGTERM', () => undefined); process.on('SIGHUP', () => undefined);`;

describe('a program that ends', () => {
  it.each([0, 1, 2, 127, 255])('with %i is known by that code and by what it printed', async (code) => {
    const script = `process.stdout.write('to say'); process.stderr.write('to warn'); process.exitCode = ${code};`;
    const { ending, stdout, stderr, durationMs } = await run(await standIn(script));
    expect(ending).toEqual({ how: 'exited', code });
    expect([stdout.toString(), stderr.toString()]).toEqual(['to say', 'to warn']);
    expect(durationMs).toBeGreaterThan(0);
  });

  it.each(['SIGTERM', 'SIGKILL'])('by %s was killed, whatever it had printed', async (signal) => {
    const script = `require('node:fs').writeSync(1, 'all is well'); process.kill(process.pid, '${signal}');`;
    expect((await run(await standIn(script))).ending).toEqual({ how: 'killed', signal });
  });

  it('takes along what it left behind', async () => {
    const { live, gone } = await lifelines();
    const left = alongside(live(`process.send('alive')`), { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const { ending } = await run(await standIn(`${left} other.on('message', () => process.exit(0));`));
    expect(ending).toEqual({ how: 'exited', code: 0 });
    await gone(1);
  });
});

describe('a program that does not end', () => {
  afterEach(() => void vi.useRealTimers());

  it('is killed when its time is over', async () => {
    const script = `process.stdout.write('all is well'); setInterval(() => undefined, 1000);`;
    const { ending, durationMs } = await run(await standIn(script), { timeoutMs: 300 });
    expect(ending).toEqual({ how: 'late' });
    expect(durationMs).toBeLessThan(10_000);
  });

  it('is killed with all it started, also those that ignore requests and hold its outputs', async () => {
    const { live, alive, gone } = await lifelines();
    const script = `${IGNORES_REQUESTS} ${alongside(IGNORES_REQUESTS + live())} ${live()}`;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const running = run(await standIn(script));
    await alive(2);
    vi.advanceTimersByTime(LONG);
    expect((await running).ending).toEqual({ how: 'late' });
    await gone(2);
  });

  it('has not ended while somebody it left behind holds its outputs', async () => {
    const { live, alive, gone } = await lifelines();
    const ended = await lifelines();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const running = run(await standIn(`${alongside(live())} ${ended.live(`process.exit(0)`)}`));
    await alive(1);
    await ended.gone(1);
    vi.advanceTimersByTime(LONG);
    expect((await running).ending).toEqual({ how: 'late' });
    await gone(1);
  });

  it('is not waited for any longer because of somebody who left its group', async () => {
    const { live, alive } = await lifelines();
    const script = `${alongside(live(), { ...SHARES_OUTPUTS, detached: true })} ${live()}`;
    const pipes = openPipes();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const running = run(await standIn(script));
    await alive(2);
    vi.advanceTimersByTime(LONG);
    expect((await running).ending).toEqual({ how: 'late' });
    await alive(1);
    await vi.waitFor(() => expect(openPipes()).toBe(pipes));
  });

  it('is killed when the worker ends', async () => {
    const { live, alive, gone } = await lifelines();
    const before = process.listeners('exit');
    const running = run(await standIn(`${alongside(live())} ${live()}`));
    await alive(2);
    for (const last of process.listeners('exit').filter((listener) => !before.includes(listener))) last(0);
    expect((await running).ending).toEqual({ how: 'killed', signal: 'SIGKILL' });
    await gone(2);
    expect(process.listeners('exit')).toEqual(before);
  });

  it('is killed when the caller loses interest, who hears the own reason', async () => {
    const { live, alive, gone } = await lifelines();
    const caller = new AbortController();
    const reason = new Error('no longer needed');
    const running = run(await standIn(`${alongside(live())} ${live()}`), {}, caller.signal);
    await alive(2);
    caller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await gone(2);
  });

  it('is never started for a caller who has lost interest before', async () => {
    const reason = new Error('no longer needed');
    await expect(run('/nowhere/meritt', {}, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('a program that prints too much', () => {
  /** Prints so much on each output, in pieces, and ends. */
  const prints = (stdout: number, stderr: number) =>
    standIn(`for (const [output, size] of [[process.stdout, ${stdout}], [process.stderr, ${stderr}]])
      for (let left = size; left > 0; left -= 4096) output.write('x'.repeat(Math.min(left, 4096)));`);

  it('is killed, however long it would have gone on', async () => {
    const { live, gone } = await lifelines();
    const floods = `const flood = () => process.stdout.write('x'.repeat(65536), flood); flood();`;
    const { ending, stdout } = await run(await standIn(live(floods)));
    expect(ending).toEqual({ how: 'too-much-output' });
    expect(stdout.length).toBeLessThanOrEqual(LARGEST);
    await gone(1);
  });

  it.each([
    [LARGEST + 1, 0],
    [0, LARGEST + 1],
    [LARGEST / 2, LARGEST / 2 + 1],
  ])('counts both outputs together: %i and %i bytes', async (stdout, stderr) => {
    const { ending } = await run(await prints(stdout, stderr));
    expect(ending).toEqual({ how: 'too-much-output' });
  });

  it('may print as much as is allowed', async () => {
    const { ending, stdout, stderr } = await run(await prints(LARGEST / 2, LARGEST / 2));
    expect(ending).toEqual({ how: 'exited', code: 0 });
    expect(stdout.length + stderr.length).toBe(LARGEST);
  });
});

describe('a program that cannot be started', () => {
  it.each([
    ['is not there', () => '/nowhere/meritt', 'ENOENT'],
    ['is on no path', () => 'meritt-of-nowhere', 'ENOENT'],
    ['is a directory', () => '/', 'EACCES'],
    ['may not be executed', () => executable('#!/bin/sh\n', 0o644), 'EACCES'],
    ['needs another program that is not there', () => executable('#!/nowhere/sh\n'), 'ENOENT'],
  ])('because it %s is told by the word of the system', async (_why, binary, error) => {
    const { ending, stdout, stderr } = await run(await binary());
    expect(ending).toEqual({ how: 'not-started', error });
    expect([stdout.length, stderr.length]).toEqual([0, 0]);
  });

  it('because of a variable is told without the variable', async () => {
    const result = await run(await standIn(''), { variables: { KEY: 'CANARY\0CANARY' } });
    expect(result.ending).toEqual({ how: 'not-started', error: 'ERR_INVALID_ARG_VALUE' });
  });
});

describe('the surroundings of a program', () => {
  const TELLS = `console.log(JSON.stringify({
    args: process.argv.slice(2),
    variables: process.env,
    place: process.cwd(),
    input: require('node:fs').readFileSync(0, 'utf8'),
  }));`;

  afterEach(() => void vi.unstubAllEnvs());

  it('are its arguments, the variables that were named, an empty input and no place of ours', async () => {
    vi.stubEnv('CANARY', 'of the worker');
    const { stdout } = await run(await standIn(TELLS), { args: ['--all'], variables: { KEY: 'a value' } });
    expect(JSON.parse(stdout.toString())).toEqual({
      args: ['--all'],
      variables: { KEY: 'a value' },
      place: '/',
      input: '',
    });
  });

  it('hold no shell that would make something else of an argument', async () => {
    const args = ['$(id)', '`id`', '; id', '| id', '&& id', '> out', '*', '$HOME', '', 'two words', "'", '"'];
    const { stdout } = await run(await standIn(TELLS), { args });
    expect(JSON.parse(stdout.toString())).toMatchObject({ args });
  });

  it('decide by their own path where a plain name is found, and not by that of the worker', async () => {
    const path = await standIn('');
    const found = await run(basename(path), { variables: { PATH: dirname(path) } });
    expect(found.ending).toEqual({ how: 'exited', code: 0 });
    vi.stubEnv('PATH', dirname(path));
    const missed = await run(basename(path), { variables: { PATH: '/nowhere' } });
    expect(missed.ending).toEqual({ how: 'not-started', error: 'ENOENT' });
  });
});
