import { randomInt } from 'node:crypto';

/**
 * How much is broken: a seeded part with every `npm test`, everything with `npm run test:faults`. The seed is GOLIVE_SEED, or
 * any other one.
 */
export const EXTENT = process.env['GOLIVE_FAULTS'] === 'all' ? 'all' : 'part';

export const SEED = process.env['GOLIVE_SEED'] ?? String(randomInt(1_000_000));
