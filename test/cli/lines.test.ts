import { expect, it } from 'vitest';
import { clock } from '../../src/cli/screen/lines.ts';

const HOUR = 3_600_000;

it.each([
  [-5, '0:00'],
  [83_000, '1:23'],
  [3_723_000, '1:02:03'],
  [23 * HOUR, '23:00:00'],
  [72 * HOUR, '3 d 0:00:00'],
  [25 * HOUR + 123_000, '1 d 1:02:03'],
])('%i milliseconds are %s on the screen', (milliseconds, shown) => {
  expect(clock(milliseconds)).toBe(shown);
});
