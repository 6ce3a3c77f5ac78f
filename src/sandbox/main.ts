import { parseArgs } from 'node:util';
import { WORLD_FAULTS, type FaultWish } from './faults/fault.ts';
import { writeHome } from './home.ts';
import { startSandbox, type SandboxOptions } from './sandbox.ts';

const EXIT_USAGE = 2;
const CLOSE_WITHIN_MS = 1000;

const { values } = readArguments();
const sandbox = await startSandbox(optionsOf(values));
if (values.home !== undefined) await writeHome(values.home, sandbox, values.signed ? 'signed' : 'namespace');
process.once('SIGTERM', () => void end());
process.once('SIGINT', () => void end());
if (values['with-parent']) endWithParent();
process.stdout.write(`${JSON.stringify({ ready: true, url: sandbox.url })}\n`);

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        rate: { type: 'string' },
        day: { type: 'string' },
        seed: { type: 'string' },
        home: { type: 'string' },
        fault: { type: 'string', multiple: true, default: [] },
        signed: { type: 'boolean', default: false },
        'with-parent': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'The arguments cannot be read.');
  }
}

function optionsOf({ port, rate, day, seed, fault }: typeof values): SandboxOptions {
  return {
    ...(port === undefined ? {} : { port: numberOf('--port', port, 65_535) }),
    ...(rate === undefined ? {} : { rate: numberOf('--rate', rate, 10_000) }),
    ...(day === undefined ? {} : { day: numberOf('--day', day, 86_400, 1) }),
    ...(seed === undefined ? {} : { seed }),
    faults: fault.map(faultNamed),
  };
}

function numberOf(flag: string, text: string, most: number, least = 0): number {
  const number = Number(text);
  if (text !== '' && number >= least && number <= most) return number;
  return refuse(`${flag} must be a number between ${least} and ${most}.`);
}

function faultNamed(text: string): FaultWish {
  const name = WORLD_FAULTS.find((candidate) => candidate === text);
  return name === undefined
    ? refuse(`There is no fault "${text}". There are: ${WORLD_FAULTS.join(', ')}.`)
    : { kind: 'world', name };
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(EXIT_USAGE);
}

/** Whoever started us holds our standard input open; it closes when they are gone, however they went. */
function endWithParent(): void {
  process.stdin.resume();
  process.stdin.once('end', () => void end());
  process.stdin.once('error', () => void end());
}

async function end(): Promise<void> {
  setTimeout(() => process.exit(), CLOSE_WITHIN_MS).unref();
  await sandbox.close();
  process.exit();
}
