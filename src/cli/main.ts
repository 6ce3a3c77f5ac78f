#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { CommanderError } from '@commander-js/extra-typings';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program/program.ts';
import { printableText } from './screen/lines.ts';
import { CommandFailed, Interrupted, type Surroundings } from './surroundings.ts';

/** A command that does not end although it was asked to is left; its leash ends what it started. */
const LEAVE_AFTER_MS = 15_000;
const LOOK_FOR_PARENT_EVERY_MS = 500;

const interruption = new AbortController();
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
process.exit();

function endOnRequest(): void {
  const end = (signal: ConstructorParameters<typeof Interrupted>[0]) => () => {
    interruption.abort(new Interrupted(signal));
    setTimeout(() => process.exit(EXIT.failed), LEAVE_AFTER_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end(signal));
  // Nobody reads any more: a pipe was closed, or the terminal is gone.
  process.stdout.on('error', end('SIGPIPE'));
  process.stderr.on('error', end('SIGPIPE'));
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
