#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { EXIT } from './exit-codes.ts';
import { FAULTS } from './faults.ts';
import { printableText } from './screen/lines.ts';
import { CommandFailed, Interrupted, type Surroundings } from './surroundings.ts';

/** A command that does not end although it was asked to is left; its leash ends what it started. */
const LEAVE_AFTER_MS = 15_000;
const LOOK_FOR_PARENT_EVERY_MS = 500;
const A_DAY_A_MINUTE = 1440;
const FASTEST = 10_000;

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

const fault = () => new Option('--fault <fault>', 'what goes wrong').choices(FAULTS);
const speed = () =>
  new Option('--speed <times>', 'how many times faster than the real clock')
    .argParser(speedOf)
    .default(A_DAY_A_MINUTE, `${A_DAY_A_MINUTE}, a day a minute`);

const program = new Command('golive')
  .description('Runs the go-live runbook of the authorization platform Intended as one durable Temporal workflow.')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

program
  .command('rehearse')
  .description('a whole go-live against a sandbox of the platform, with everything it needs')
  .addOption(fault())
  .option('--by-hand', 'you decide instead of the people of the sandbox')
  .addOption(speed())
  .addOption(new Option('--json', 'one JSON object a line').conflicts('plain'))
  .option('--plain', 'one line an event, also on a terminal')
  .addHelpText('after', '\nExit codes: 0 live, 1 failed, 2 usage, 3 rejected, 4 rolled back, 5 needs hands.')
  .action(async (options) => {
    const { rehearse } = await import('./rehearse.ts');
    process.exitCode = await rehearse(options, surroundings);
  });

program
  .command('dev')
  .description('server, UI, sandbox and worker, until Ctrl-C: for starting and approving by hand')
  .addOption(fault())
  .addOption(speed())
  .action(async (options) => {
    const { dev } = await import('./dev.ts');
    process.exitCode = await dev(options, surroundings);
  });

program
  .command('evidence')
  .description('the sealed evidence of a run')
  .command('verify')
  .argument('<directory>', 'the bundle')
  .description('recomputes every digest of a bundle and the chain of its journal, offline')
  .option('--manifest <digest>', "digest of the manifest as the run's result names it, sha256:…")
  .option('--json', 'one JSON object')
  .action(async (directory, options) => {
    const { verifyEvidence } = await import('./verify-evidence.ts');
    process.exitCode = await verifyEvidence(directory, options, surroundings);
  });

endOnRequest();
endWithNpm();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeFor(error);
}
process.exit();

function speedOf(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number >= 1 && number <= FASTEST) return number;
  throw new InvalidArgumentError(`It must be a number between 1 and ${FASTEST}.`);
}

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
