import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { abortReport, measureAbort } from './abort.ts';
import { breachReport, measureBreach } from './breach.ts';
import { CleanUp } from './clean-up.ts';
import { measure } from './measure.ts';
import { parseOptions, USAGE } from './options.ts';
import { BenchProblem } from './problem.ts';
import type { Told } from './promise.ts';
import { missesOf, tableOf } from './report.ts';
import { measureWindows, windowsReport } from './windows.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LONGEST = 5 * 60_000;

interface Means {
  readonly say: (line: string) => void;
  readonly cleanUp: CleanUp;
}

/** Runs one measurement, which answers whether every bar is met, and ends whatever it started. */
async function run(measurement: (means: Means) => Promise<boolean>): Promise<number> {
  const began = Date.now();
  const cleanUp = new CleanUp();
  cleanUp.onSignals();
  const say = (line: string) =>
    process.stderr.write(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${line}\n`);
  try {
    return (await measurement({ say, cleanUp })) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof BenchProblem)) throw error;
    console.error(`bench: ${error.message}`);
    return 1;
  } finally {
    cleanUp.run();
  }
}

async function compare({ seed, json }: { seed: number; json: boolean }, means: Means): Promise<boolean> {
  const late = new Promise<never>((_, reject) => {
    const problem = new BenchProblem('not done after five minutes: the machine is too slow or too busy');
    setTimeout(() => reject(problem), LONGEST).unref();
  });
  const results = await Promise.race([measure(root, { seed, ...means }), late]);
  const text = JSON.stringify(results, null, 2);
  writeFileSync(join(root, 'bench/latest.json'), `${text}\n`);
  console.log(json ? text : tableOf(results));
  const misses = missesOf(results);
  for (const miss of misses) console.error(miss);
  return misses.length === 0;
}

function told({ lines, isMet }: Told): boolean {
  for (const line of lines) console.log(line);
  return isMet;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  switch (options?.kind) {
    case 'measure':
      return run((means) => compare(options, means));
    case 'breach':
      return run(async (means) => told(breachReport(await measureBreach(root, { ...options, ...means }))));
    case 'abort':
      return run(async (means) => told(abortReport(await measureAbort(root, { ...options, ...means }))));
    case 'windows':
      return run(async (means) => told(windowsReport(await measureWindows(root, means))));
    case 'help':
      console.log(USAGE);
      return 0;
    case undefined:
      console.error(USAGE);
      return 2;
  }
}

process.exit(await main());
