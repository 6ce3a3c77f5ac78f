#!/usr/bin/env node
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommanderError } from '@commander-js/extra-typings';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program/program.ts';
import { printableText } from './screen/lines.ts';
import { CommandFailed, Interrupted, type Surroundings } from './surroundings.ts';

/** A command that does not end although it was asked to is left; its leash ends what it started. */
const LEAVE_AFTER_MS = 15_000;
/** npm passes on the Ctrl-C that the terminal has told us of already: so soon after the first one it is no second. */
const ASKED_ONCE_WITHIN_MS = 500;
const LOOK_FOR_PARENT_EVERY_MS = 500;

type Signal = ConstructorParameters<typeof Interrupted>[0];

const interruption = new AbortController();
let interruptedAt = Infinity;
/** Why standard output did not take everything. */
let unwritten: NodeJS.ErrnoException | undefined;
const surroundings: Surroundings = {
  root: fileURLToPath(new URL('../..', import.meta.url)),
  // Opened only by a command that reads or asks.
  get in() {
    return process.stdin;
  },
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  interrupted: interruption.signal,
};

const program = createProgram({
  surroundings,
  end: (exitCode) => {
    process.exitCode = exitCode;
  },
});

endOnRequest();
endWithNpm();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeFor(error);
}
await failWhenUnwritten();
process.exit();

function endOnRequest(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endOrLeave(signal));
  // Nobody reads any more: a pipe was closed, or the terminal is gone. Or a disk is full.
  process.stdout.on('error', (error) => {
    unwritten ??= error;
    end('SIGPIPE');
  });
  process.stderr.on('error', () => end('SIGPIPE'));
}

/** Whoever asks a second time does not want to wait for what is being ended. */
function endOrLeave(signal: Signal): void {
  if (Date.now() - interruptedAt > ASKED_ONCE_WITHIN_MS) leave(signal);
  end(signal);
}

function end(signal: Signal): void {
  if (interruption.signal.aborted) return;
  interruptedAt = Date.now();
  interruption.abort(new Interrupted(signal));
  setTimeout(() => leave(signal), LEAVE_AFTER_MS).unref();
}

function leave(signal: Signal): never {
  process.exit(new Interrupted(signal).exitCode);
}

/** What could not be written was not done. It is known only once all of it was tried. */
async function failWhenUnwritten(): Promise<void> {
  await new Promise((resolve) => process.stdout.write('', resolve));
  await setImmediate();
  if (unwritten === undefined) return;
  process.exitCode = exitCodeFor(refusalOf(unwritten));
}

function refusalOf({ code = 'for no known reason' }: NodeJS.ErrnoException): Interrupted | CommandFailed {
  if (code === 'EPIPE') return new Interrupted('SIGPIPE');
  return new CommandFailed(
    `Standard output cannot be written (${code}), so it is not whole: make room, or write elsewhere.`,
  );
}

/** npm that is asked to end ends its shell and leaves us behind, with nobody who could press Ctrl-C. */
function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const look = () => {
    if (process.ppid !== parent) interruption.abort(new Interrupted('SIGHUP'));
  };
  setInterval(look, LOOK_FOR_PARENT_EVERY_MS).unref();
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof CommandFailed) {
    console.error(`golive: ${printableText(error.message)}`);
    return error.exitCode;
  }
  console.error(`golive: ${error instanceof Error ? error.stack : 'unknown failure'}`);
  return EXIT.failed;
}
