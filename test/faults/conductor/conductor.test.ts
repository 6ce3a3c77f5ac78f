import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { compile, linesOf, type Program } from '../../support/processes.ts';
import { EXTENT, SEED } from '../extent.ts';
import type { Tally } from './player.ts';

const SEQUENCES = Number(process.env['GOLIVE_SEQUENCES'] ?? (EXTENT === 'all' ? 1_000_000 : 300));
/** In a shorter run the other cores have other tests to do. */
const PLAYERS = EXTENT === 'all' ? Math.min(availableParallelism(), SEQUENCES) : 1;

let player: Program;
beforeAll(() => {
  player = compile('faults/conductor/player.ts', 'faults/conductor/page.ts');
}, 60_000);
afterAll(() => player.remove());

it('whatever is answered, said and broken, the conductor breaks nothing', { timeout: 7_200_000 }, async () => {
  const began = performance.now();
  const players = Array.from({ length: PLAYERS }, async (_, index) => {
    const tally = await tallyOf(index + 1);
    // At once, and not when the others are done as well.
    expect(brokenBy(tally)).toBeNull();
    return tally;
  });
  console.log(inWords(await Promise.all(players), (performance.now() - began) / 1_000));
});

/** The sequences of one player: from its first on it leaves out those of the other players. */
async function tallyOf(first: number): Promise<Tally> {
  const child = player.start(SEED, ...(SEQUENCES === 1 ? [] : [first, PLAYERS, SEQUENCES]));
  onTestFinished(() => void child.kill());
  const lines = linesOf(child, () => undefined);
  await once(child, 'close');
  return JSON.parse(lines[0] ?? '') as Tally;
}

/** What was broken, and the command that breaks it again. */
function brokenBy({ broken }: Tally): object | null {
  if (broken === null) return null;
  const { seed, ...played } = broken;
  return { again: `GOLIVE_SEQUENCES=1 GOLIVE_SEED=${seed} npm test -- test/faults/conductor`, ...played };
}

function inWords(tallies: readonly Tally[], seconds: number): string {
  const totals = new Map<string, number>();
  for (const [state, times] of tallies.flatMap(({ states }) => Object.entries(states)))
    totals.set(state, (totals.get(state) ?? 0) + times);
  const states = [...totals].map(([state, times]) => `${times} ${state}`).join(', ');
  return `${SEQUENCES} sequences (GOLIVE_SEED=${SEED}), ${Math.round(SEQUENCES / seconds)} a second: ${states}`;
}
