import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CleanUp } from './clean-up.ts';
import { measure } from './measure.ts';
import { parseOptions, USAGE } from './options.ts';
import { BenchProblem } from './problem.ts';
import { missesOf, tableOf } from './report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LONGEST = 5 * 60_000;

async function run({ seed, json }: { seed: number; json: boolean }): Promise<number> {
  const began = Date.now();
  const cleanUp = new CleanUp();
  cleanUp.onSignals();
  const say = (line: string) =>
    process.stderr.write(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${line}\n`);
  const late = new Promise<never>((_, reject) => {
    const problem = new BenchProblem('not done after five minutes: the machine is too slow or too busy');
    setTimeout(() => reject(problem), LONGEST).unref();
  });
  try {
    const results = await Promise.race([measure(root, { seed, say, cleanUp }), late]);
    const text = JSON.stringify(results, null, 2);
    writeFileSync(join(root, 'bench/latest.json'), `${text}\n`);
    console.log(json ? text : tableOf(results));
    const misses = missesOf(results);
    for (const miss of misses) console.error(miss);
    return misses.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof BenchProblem)) throw error;
    console.error(`bench: ${error.message}`);
    return 1;
  } finally {
    cleanUp.run();
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  switch (options?.kind) {
    case 'measure':
      return run(options);
    case 'help':
      console.log(USAGE);
      return 0;
    case undefined:
      console.error(USAGE);
      return 2;
  }
}

process.exit(await main());
