import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgramDied, Processes } from '../../src/cli/processes.ts';
import { compile, type Checkout } from './compiled.ts';

let checkout: Checkout | undefined;
let folder: string;
let leash: string;
let processes: Processes;

beforeAll(async () => {
  checkout = await compile('cli/leash.ts');
  leash = join(checkout.root, 'dist/cli/leash.js');
}, 60_000);
afterAll(() => checkout?.dispose());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golive-processes-'));
  processes = new Processes(folder, leash);
});
afterEach(async () => {
  await processes.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a script that writes its process id to its log, and answers the id once it has. */
async function start(script: string, name = 'helper'): Promise<number> {
  const args = ['-e', `console.log(process.pid); ${script}`];
  processes.start({ name, command: process.execPath, args, env: process.env });
  return firstNumberIn(processes.logOf(name));
}

async function firstNumberIn(file: string): Promise<number> {
  return vi.waitFor(async () => {
    const number = Number((await readFile(file, 'utf8')).split('\n')[0]);
    if (!(number > 0)) throw new Error('nothing is written yet');
    return number;
  }, 10_000);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const FOR_EVER = 'setInterval(() => {}, 1000);';
const DEAF = `process.on('SIGTERM', () => {}); ${FOR_EVER}`;

describe('Processes', () => {
  it('end with everything that was started', async () => {
    const pids = [await start(FOR_EVER, 'one'), await start(FOR_EVER, 'two')];
    expect(pids.map(isAlive)).toEqual([true, true]);
    await processes.stop();
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(processes.trouble.aborted).toBe(false);
  });

  it('end by force what does not listen, after five seconds', async () => {
    const pid = await start(DEAF);
    const since = performance.now();
    await processes.stop();
    expect(isAlive(pid)).toBe(false);
    expect(performance.now() - since).toBeGreaterThan(4_900);
  });

  it('report a program that dies, with its last words', async () => {
    await start(`console.error('the port is taken'); process.exitCode = 3;`);
    await vi.waitUntil(() => processes.trouble.aborted, 10_000);
    const died: unknown = processes.trouble.reason;
    expect(died).toBeInstanceOf(ProgramDied);
    expect(died).toMatchObject({ message: expect.stringContaining('The helper ended unexpectedly with exit code 3') });
    expect(died).toMatchObject({ lines: expect.arrayContaining(['the port is taken']) });
  });

  it('report a program that cannot be started', async () => {
    processes.start({ name: 'ghost', command: join(folder, 'missing'), args: [], env: {} });
    await vi.waitUntil(() => processes.trouble.aborted, 10_000);
    expect(processes.trouble.reason).toMatchObject({ message: expect.stringContaining('The ghost cannot be started') });
  });

  it('start nothing any more once they are stopped', async () => {
    await processes.stop();
    expect(() => processes.start({ name: 'late', command: 'true', args: [], env: {} })).toThrow(
      'nothing is started any more',
    );
  });
});

describe('A leash', () => {
  it.each([
    ['that listens', FOR_EVER],
    ['that does not listen', DEAF],
  ])('ends a program %s when whoever held it was killed', async (_what, script) => {
    const program = spawn(process.execPath, ['-e', `console.log(process.pid); ${script}`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(program.stdout, 'data');
    const holder = spawn(process.execPath, [leash], { stdio: ['pipe', 'ignore', 'ignore'] });
    holder.stdin.write(`+${program.pid}\n`);
    holder.stdin.end();
    await Promise.all([once(program, 'exit'), once(holder, 'exit')]);
    expect(isAlive(program.pid ?? 0)).toBe(false);
  });

  it('leaves alone what had ended before', async () => {
    const program = spawn(process.execPath, ['-e', FOR_EVER], { detached: true, stdio: 'ignore' });
    const holder = spawn(process.execPath, [leash], { stdio: ['pipe', 'ignore', 'ignore'] });
    holder.stdin.end(`+${program.pid}\n-${program.pid}\nnonsense\n+1\n+-1\n`);
    await once(holder, 'exit');
    expect(isAlive(program.pid ?? 0)).toBe(true);
    program.kill('SIGKILL');
  });
});
