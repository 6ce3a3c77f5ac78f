import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

/** One program to run to its end. */
export interface Program {
  /** A name to look for on the `PATH` of `variables`, or an absolute path. */
  readonly binary: string;
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** From starting it until it is gone and nobody holds its output any more, in milliseconds. */
  readonly timeoutMs: number;
  /** What it may print, on both outputs together, in bytes. */
  readonly largestOutput: number;
}

/** How it ended. Only `exited` is an end that the program chose. */
export type Ending =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'killed'; readonly signal: string }
  | { readonly how: 'late' }
  | { readonly how: 'too-much-output' }
  /** `error` is the system's word, such as `ENOENT`. */
  | { readonly how: 'not-started'; readonly error: string };

/** What is known of a program that was run. What it printed may hold secrets. */
export interface ProgramRun {
  readonly ending: Ending;
  readonly durationMs: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const OUTPUTS = ['stdout', 'stderr'] as const;
type Printed = Record<(typeof OUTPUTS)[number], Buffer[]>;

/** There everywhere, and nobody can leave a configuration there for the program to find. */
const HARMLESS_PLACE = '/';

/**
 * Runs a program once: no shell, no input, no terminal. It leads a process group, which is killed when the time is over, when
 * it prints too much and when it has ended, so that nothing it started outlives the call. Whatever becomes of the program is
 * an answer; when the caller's signal ends the call, throws that signal's reason.
 */
export async function runProgram(program: Program, caller: AbortSignal): Promise<ProgramRun> {
  caller.throwIfAborted();
  const began = performance.now();
  const printed: Printed = { stdout: [], stderr: [] };
  const ending = await startAndEnd(program, printed, caller);
  return {
    ending,
    durationMs: Math.round(performance.now() - began),
    stdout: Buffer.concat(printed.stdout),
    stderr: Buffer.concat(printed.stderr),
  };
}

async function startAndEnd(program: Program, printed: Printed, caller: AbortSignal): Promise<Ending> {
  let child: Child;
  try {
    child = start(program);
  } catch (error) {
    return notStarted(error);
  }
  const kill = () => killGroup(child);
  // A group of its own would go on without the worker.
  process.once('exit', kill);
  try {
    return await endOf(child, program, printed, caller);
  } finally {
    process.off('exit', kill);
    kill();
    // Who left the group may still hold the other ends.
    for (const output of OUTPUTS) child[output].destroy();
  }
}

function start({ binary, args, variables }: Program): Child {
  return spawn(binary, args, {
    shell: false,
    cwd: HARMLESS_PLACE,
    env: variables,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Only the word: the message repeats arguments and variables. */
function notStarted(error: unknown): Ending {
  const { code } = error as NodeJS.ErrnoException;
  return { how: 'not-started', error: code ?? 'no reason given' };
}

/** The first of what can happen; what it prints is collected on the way. */
async function endOf(child: Child, program: Program, printed: Printed, caller: AbortSignal): Promise<Ending> {
  const settled = new AbortController();
  try {
    return await new Promise<Ending>((settle, fail) => {
      child.on('error', (error) => settle(notStarted(error)));
      child.on('close', (code, signal) =>
        settle(code === null ? { how: 'killed', signal: signal ?? 'unknown' } : { how: 'exited', code }),
      );
      collect(child, program.largestOutput, printed, () => settle({ how: 'too-much-output' }));
      const timer = setTimeout(() => settle({ how: 'late' }), program.timeoutMs);
      settled.signal.addEventListener('abort', () => clearTimeout(timer));
      caller.addEventListener('abort', () => fail(caller.reason as Error), { signal: settled.signal });
    });
  } finally {
    settled.abort();
  }
}

function collect(child: Child, largest: number, printed: Printed, onTooMuch: () => void): void {
  let size = 0;
  for (const output of OUTPUTS) {
    child[output].on('error', () => undefined);
    child[output].on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > largest) onTooMuch();
      else printed[output].push(chunk);
    });
  }
}

/** Its members only: who has left the group is beyond reach. */
function killGroup({ pid }: Child): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
