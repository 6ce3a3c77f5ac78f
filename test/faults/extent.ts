import { randomInt } from 'node:crypto';
import type { TestContext } from 'vitest';

type Extent = 'all' | 'part' | 'least';

const EXTENTS: Readonly<Record<string, Extent>> = { all: 'all', part: 'part' };

/**
 * How much is broken: everything with `npm run test:faults`, a seeded part of it with `GOLIVE_FAULTS=part`, and with every
 * `npm test` what takes seconds.
 */
export const EXTENT: Extent = EXTENTS[process.env['GOLIVE_FAULTS'] ?? ''] ?? 'least';

/** GOLIVE_SEED, or any other one; the same in every `npm test`, so that what turns red there is what was changed. */
export const SEED = process.env['GOLIVE_SEED'] ?? (EXTENT === 'least' ? '1' : String(randomInt(1_000_000)));

const LEFT_OUT = 'takes minutes: npm run test:faults';

/** Leaves out what takes minutes, unless everything is asked for. */
export function onlyWhenAll(context: TestContext): void {
  context.skip(EXTENT !== 'all', LEFT_OUT);
}

/** Leaves out what takes minutes even in part, unless it is asked for. */
export function onlyWhenAsked(context: TestContext): void {
  context.skip(EXTENT === 'least', LEFT_OUT);
}
