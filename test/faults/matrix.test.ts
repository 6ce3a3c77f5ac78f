import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile, type Program } from '../support/processes.ts';
import { runCell } from './cell.ts';
import { EXTENT, SEED } from './extent.ts';
import { CELLS, nameOf, tableOf, tenthOf, type Results } from './matrix.ts';

const results = new Map<string, 'holds' | 'broken'>() satisfies Results;
let struckWorker: Program;

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  struckWorker = compile('faults/struck-worker.ts');
  console.log(EXTENT === 'all' ? 'every cell' : `a tenth of the cells: GOLIVE_SEED=${SEED}`);
}, 60_000);
afterAll(() => {
  struckWorker.remove();
  if (EXTENT === 'all') console.log(tableOf(results));
});

const cells = EXTENT === 'all' ? CELLS : tenthOf(SEED);

it.concurrent.for(cells.map((cell) => ({ ...cell, name: nameOf(cell) })))(
  '$name: another worker finishes it, and nothing is broken',
  { timeout: 600_000 },
  async (cell) => {
    results.set(cell.name, 'broken');
    const broken = await runCell(cell, struckWorker.script);
    const again = `GOLIVE_FAULTS=all npm test -- test/faults/matrix.test.ts -t '${cell.name}'`;
    expect({ again, broken }).toEqual({ again, broken: [] });
    results.set(cell.name, 'holds');
  },
);
