import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultWish } from '../src/sandbox/faults/fault.ts';
import type { Effect } from '../src/sandbox/ledger.ts';
import type { CleanUp } from './clean-up.ts';
import { BenchProblem } from './problem.ts';

const READY_WITHIN = 30_000;

/** A sandbox of the platform, in a process of its own. */
export interface BenchSandbox {
  /** The operator's configuration file that points at it. */
  readonly config: string;
  readonly arm: (fault: FaultWish) => Promise<void>;
  readonly effects: () => Promise<readonly Effect[]>;
  readonly stop: () => void;
}

/**
 * Starts one with traffic of so many requests a second.
 * @throws {BenchProblem} when it does not come up
 */
export async function startSandbox(root: string, rate: number, cleanUp: CleanUp): Promise<BenchSandbox> {
  const home = mkdtempSync(join(tmpdir(), 'golive-bench-sandbox-'));
  const child = startProgram(root, 'sandbox/main.js', {}, ['--home', home, '--rate', String(rate)]);
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  };
  cleanUp.add(stop);
  const { control, controlToken, config } = await factsOf(join(home, 'sandbox.json'));
  const authorization = `Bearer ${readFileSync(controlToken ?? '', 'utf8').trim()}`;
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${control}/${path}`, { ...init, headers: { authorization } });
    if (!answer.ok) throw new BenchProblem(`the sandbox answered ${path} with ${answer.status}`);
    return answer.json();
  };
  return {
    config: config ?? '',
    arm: async (fault) => void (await ask('faults', { method: 'POST', body: JSON.stringify(fault) })),
    effects: async () => ((await ask('ledger')) as { readonly effects: readonly Effect[] }).effects,
    stop,
  };
}

/** What it says of itself once it is ready; the file may be there before its text is. */
async function factsOf(file: string): Promise<Record<string, string>> {
  for (const until = Date.now() + READY_WITHIN; Date.now() < until; await delay(50)) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text.endsWith('}\n')) return JSON.parse(text) as Record<string, string>;
  }
  throw new BenchProblem('the sandbox does not come up');
}

/** One of the compiled programs of `dist`, which says nothing. */
export function startProgram(
  root: string,
  script: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): ChildProcess {
  const path = join(root, 'dist', script);
  return spawn(process.execPath, [path, ...args], { env: { ...process.env, ...env }, stdio: 'ignore' });
}
