import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile, ROOT, type Checkout } from './compiled.ts';

const PLAN = join(ROOT, 'contract', 'plan.example.json');

let checkout: Checkout | undefined;
beforeAll(async () => {
  checkout = await compile('cli/main.ts');
}, 120_000);
afterAll(() => checkout?.dispose());

function begun(args: readonly string[], out: number | 'pipe' = 'pipe') {
  const main = join(checkout?.root ?? '', 'dist/cli/main.js');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', out, 'pipe'] });
  let said = '';
  child.stderr?.on('data', (data) => {
    said += String(data);
  });
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, said }));
  });
  return { child, ended };
}

it('Whoever presses Ctrl-C while a command reads is not kept waiting', async () => {
  const { child, ended } = begun(['sign', 'approve', '--progress', '-']);
  // More than the pipe holds: it is written once the command reads.
  await new Promise((resolve) => child.stdin?.write(' '.repeat(4_000_000), resolve));
  const asked = Date.now();
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(Date.now() - asked).toBeLessThan(8_000);
}, 60_000);

it.runIf(existsSync('/dev/full'))(
  'What cannot be written has not been done: exit code 1, and why',
  async () => {
    const full = openSync('/dev/full', 'w');
    const { ended } = begun(['plan', 'show', PLAN], full);
    closeSync(full);
    expect(await ended).toEqual({
      code: 1,
      said: 'golive: Standard output cannot be written (ENOSPC), so it is not whole: make room, or write elsewhere.\n',
    });
  },
  60_000,
);

it('Nothing is said when nobody reads any more', async () => {
  const { child, ended } = begun(['plan', 'show', PLAN]);
  child.stdout?.destroy();
  expect(await ended).toEqual({ code: 141, said: '' });
}, 60_000);
