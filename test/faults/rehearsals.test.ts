import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { compile, type Program } from '../support/processes.ts';
import { EXTENT, onlyWhenAsked, SEED } from './extent.ts';
import { rehearse } from './rehearsal.ts';

const REHEARSALS = Number(process.env['GOLIVE_REHEARSALS'] ?? (EXTENT === 'all' ? 300 : 2));
/** A single seed is repeated as it was. */
const SEEDS = REHEARSALS === 1 ? [SEED] : Array.from({ length: REHEARSALS }, (_, index) => `${SEED}-${index + 1}`);
const outcomes = new Map<string, number>();
let clock: Program;

beforeEach(onlyWhenAsked);
beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  clock = compile('faults/stepped-clock.ts');
  console.log(`${REHEARSALS} rehearsals under mixed faults: GOLIVE_SEED=${SEED}`);
}, 60_000);
afterAll(() => {
  clock.remove();
  const told = [...outcomes].map(([state, times]) => `${times} ${state}`);
  console.log(`${SEEDS.length} rehearsals: ${told.join(', ')}`);
});

it.concurrent.for(SEEDS)(
  'under the faults of seed %s a go-live ends, and nothing is broken',
  { timeout: 600_000 },
  async (seed) => {
    const { state, broken } = await rehearse(seed, clock.script);
    outcomes.set(state, (outcomes.get(state) ?? 0) + 1);
    const again = `GOLIVE_FAULTS=part GOLIVE_REHEARSALS=1 GOLIVE_SEED=${seed} npm test -- test/faults/rehearsals.test.ts`;
    expect({ again, state, broken }).toEqual({ again, state, broken: [] });
  },
);
