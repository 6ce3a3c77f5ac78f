/**
 * Run as a process of its own: plays its share of the sequences and tells, in one line of JSON, how they ended; the first that
 * breaks something is its last. Arguments: the seed, the number of the first sequence, how far it is to the next, the last. Without
 * numbers only the sequence of the seed itself is played.
 */
import { register } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import type { Played } from './sequence.ts';

/** What a player tells. */
export interface Tally {
  readonly states: Readonly<Record<string, number>>;
  readonly broken: (Played & { readonly seed: string }) | null;
}

let now = 0;
globalThis.Date = class extends Date {
  constructor(value: number | string = now) {
    super(value);
  }

  static override now(): number {
    return now;
  }
} as DateConstructor;

const [seed = '', ...numbers] = process.argv.slice(2);
const isOneOfMany = numbers.length > 0;

const temporal = new URL('./temporal.js', import.meta.url).href;
const page = new URL('./page.js', import.meta.url).href;
const resolve = `(name, context, next) => {
  if (name === '@temporalio/workflow') return next('${temporal}', context);
  const isPage = ${isOneOfMany} && name.endsWith('/details.js') && context.parentURL?.endsWith('/workflows/run.js');
  return next(isPage ? '${page}' : name, context);
}`;
register(`data:text/javascript,export const resolve = ${encodeURIComponent(resolve)}`);
const { goLive } = await import('../../../src/workflows/go-live.ts');
const { play } = await import('./sequence.ts');

/** What the workflow threw where nobody could catch it: with a server its task would fail again and again. */
const thrown: string[] = [];
process.on('unhandledRejection', (error) => thrown.push(`nobody caught ${String(error)}`));

async function played(seed: string): Promise<Played> {
  thrown.length = 0;
  const { state, broken } = await play(goLive, seed, (time) => void (now = time));
  // What nobody has caught is told in the next turn.
  await turn();
  return { state, broken: [...broken, ...thrown] };
}

async function tally(seeds: Iterable<string>): Promise<Tally> {
  const states: Record<string, number> = {};
  for (const seed of seeds) {
    const { state, broken } = await played(seed);
    states[state] = (states[state] ?? 0) + 1;
    if (broken.length > 0) return { states, broken: { seed, state, broken } };
  }
  return { states, broken: null };
}

function* seedsOf(seed: string, [first, step = 1, last = first ?? 1]: readonly number[]): Generator<string> {
  if (first === undefined) return void (yield seed);
  for (let index = first; index <= last; index += step) yield `${seed}-${index}`;
}

// Of one sequence the whole trace is wanted; of a million, the time that traces take.
if (isOneOfMany) Error.stackTraceLimit = 0;
console.log(JSON.stringify(await tally(seedsOf(seed, numbers.map(Number)))));
