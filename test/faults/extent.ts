import { randomInt } from 'node:crypto';
import type { TestContext } from 'vitest';

/**
 * How much is broken: a seeded part with every `npm test`, everything with `npm run test:faults`. The seed is GOLIVE_SEED, or
 * any other one.
 */
export const EXTENT = process.env['GOLIVE_FAULTS'] === 'all' ? 'all' : 'part';

export const SEED = process.env['GOLIVE_SEED'] ?? String(randomInt(1_000_000));

/** Leaves out what takes minutes and proves no more than its part does, unless everything is asked for. */
export function onlyWhenAll(context: TestContext, isPart = false): void {
  context.skip(EXTENT !== 'all' && !isPart, 'takes minutes: npm run test:faults');
}
