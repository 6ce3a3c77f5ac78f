import { expect, it, onTestFinished, vi } from 'vitest';
import { goLive } from '../../../src/workflows/go-live.ts';
import { EXTENT, SEED } from '../extent.ts';
import { play } from './sequence.ts';

vi.mock('@temporalio/workflow', () => import('./temporal.ts'));

it('whatever is answered, said and broken, the conductor breaks nothing', { timeout: 7_200_000 }, async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const sequences = Number(process.env['GOLIVE_SEQUENCES'] ?? (EXTENT === 'all' ? 10_000 : 200));
  const states = new Map<string, number>();
  for (let index = 1; index <= sequences; index += 1) {
    const seed = sequences === 1 ? SEED : `${SEED}-${index}`;
    const { state, broken } = await play(goLive, seed, (now) => void vi.setSystemTime(now));
    states.set(state, (states.get(state) ?? 0) + 1);
    const again = `GOLIVE_SEQUENCES=1 GOLIVE_SEED=${seed} npm test -- test/faults/conductor`;
    expect({ again, state, broken }).toEqual({ again, state, broken: [] });
  }
  console.log(
    `${sequences} sequences (GOLIVE_SEED=${SEED}): ${[...states].map(([state, times]) => `${times} ${state}`).join(', ')}`,
  );
});
