import { expect, it } from 'vitest';
import { recencyOf } from '../../src/metrics/recency.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

it.each([
  ['a moment ago', 1, 15_000, 'recent'],
  ['five minutes ago', 5 * MINUTE, 15_000, 'recent'],
  ['just over five minutes ago', 5 * MINUTE + 1, 15_000, 'overdue'],
  ['ten long intervals ago', 20 * MINUTE, 2 * MINUTE, 'recent'],
  ['just over ten long intervals ago', 20 * MINUTE + 1, 2 * MINUTE, 'overdue'],
  ['a little in the future, as clocks differ', -5_000, 15_000, 'recent'],
  ['further in the future', -5_001, 15_000, 'unclear'],
  ['in the year 1', NOW + 62_135_596_800_000, 15_000, 'overdue'],
])('What was done %s (%i ms, every %i ms) is %s', (_, age, every, recency) => {
  expect(recencyOf({ last: NOW - age, every }, NOW)).toBe(recency);
});

it.each([
  { last: null, every: 15_000 },
  { last: NOW, every: null },
  { last: null, every: null },
])('Without its times nothing can be said: %j', (repeated) => {
  expect(recencyOf(repeated, NOW)).toBe('unclear');
});
