import { fileURLToPath } from 'node:url';
import { readExamplePlan } from '../../src/cli/rehearsal-plan.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';
import { rowsOf, tasksOf } from './experiment.ts';
import { parseOptions, USAGE } from './options.ts';
import { tablesOf } from './report.ts';
import { resultsOf } from './results.ts';
import { doInThreads } from './threads.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

async function run(size: { plans: number; seed: number }, json: boolean): Promise<number> {
  const plan = planSchema.parse(readExamplePlan(root));
  let told = 0;
  const done = await doInThreads(plan, tasksOf(plan, size), (share) => {
    if (share < told + 0.1) return;
    told = share;
    process.stderr.write(`${Math.round(100 * share)} % of the plans are through\n`);
  });
  const results = resultsOf(size, rowsOf(plan, done));
  console.log(json ? JSON.stringify(results, null, 2) : tablesOf(results));
  return results.bars.every(({ state }) => state === 'met') ? 0 : 1;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  switch (options?.kind) {
    case 'simulate':
      return run(options, options.json);
    case 'help':
      console.log(USAGE);
      return 0;
    case undefined:
      console.error(USAGE);
      return 2;
  }
}

process.exitCode = await main();
