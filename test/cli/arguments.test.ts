import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile, type Checkout } from './compiled.ts';

let checkout: Checkout | undefined;
beforeAll(async () => {
  checkout = await compile('cli/main.ts');
}, 60_000);
afterAll(() => checkout?.dispose());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function golive(...args: string[]): Promise<Ended> {
  const { GOLIVE_TEMPORAL_CLI: _none, ...env } = process.env;
  try {
    const main = join(checkout?.root ?? '', 'dist/cli/main.js');
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...args], { env })) };
  } catch (error) {
    return error as Ended;
  }
}

it.each([
  [[]],
  [['rehearze']],
  [['rehearse', '--fault', 'nonsense']],
  [['rehearse', '--speed', '0']],
  [['rehearse', '--speed', 'fast']],
  [['rehearse', '--speed', '1e9']],
  [['rehearse', '--json', '--plain']],
  [['rehearse', 'extra']],
  [['dev', '--by-hand']],
])('%j is a usage error: exit code 2 and a word on standard error', async (args) => {
  const { code, stdout, stderr } = await golive(...args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

it('A mistyped command is answered with the one that was meant', async () => {
  expect((await golive('rehearze')).stderr).toContain('Did you mean rehearse?');
});

it('Help goes to standard output with exit code 0 and names every command', async () => {
  const { code, stdout } = await golive('--help');
  expect(code).toBe(0);
  for (const command of ['rehearse', 'dev']) expect(stdout).toContain(command);
});

it('Help loads no Temporal: it is asked for often', async () => {
  const main = join(checkout?.root ?? '', 'dist/cli/main.js');
  const code = `process.argv.push('--help'); process.on('exit', () => {
    const loaded = process.report.getReport().sharedObjects.join() + Object.keys(require('node:module')._cache).join();
    console.error(loaded.includes('@temporalio') ? 'LOADED' : 'clean');
  }); import(${JSON.stringify(main)});`;
  const { stderr } = await promisify(execFile)(process.execPath, ['-e', code, main]);
  expect(stderr.trim()).toBe('clean');
});

it('Without a Temporal server it says how to get one, as the last line of JSON too', async () => {
  const plain = await golive('rehearse');
  expect(plain.code).toBe(1);
  expect(plain.stdout).toContain('node scripts/setup.mjs start');
  const json = await golive('rehearse', '--json');
  const last: unknown = JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({ kind: 'ended', outcome: 'failed', exitCode: 1 });
});
