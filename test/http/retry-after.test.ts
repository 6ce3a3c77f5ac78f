import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHttpDate } from '../../src/http/http-date.ts';
import { parseRetryAfter } from '../../src/http/retry-after.ts';

const NOW = Date.parse('2026-04-21T09:03:04Z');

test('seconds and HTTP dates are understood, within an hour', () => {
  expect(parseRetryAfter('0', NOW)).toBe(0);
  expect(parseRetryAfter('5', NOW)).toBe(5_000);
  expect(parseRetryAfter('3600', NOW)).toBe(3_600_000);
  expect(parseRetryAfter('999999999999', NOW)).toBe(3_600_000);
  expect(parseRetryAfter('9'.repeat(400), NOW)).toBe(3_600_000);
  expect(parseRetryAfter('Tue, 21 Apr 2026 09:03:34 GMT', NOW)).toBe(30_000);
  expect(parseRetryAfter('Tue, 21 Apr 2026 09:00:00 GMT', NOW)).toBe(0);
  expect(parseRetryAfter('Wed, 21 Apr 2027 09:00:00 GMT', NOW)).toBe(3_600_000);
});

test('what makes no sense is as good as nothing', () => {
  for (const header of [
    undefined,
    '',
    ' ',
    '-1',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    'soon',
    '5, 10',
    '2026-04-21T09:03:34Z',
    'Mon, 21 Apr 2026 09:03:34 GMT',
    'Tue, 31 Feb 2026 09:03:34 GMT',
    'Tue, 21 Apr 2026 09:03:34 CET',
  ]) {
    expect({ header, wait: parseRetryAfter(header, NOW) }).toEqual({ header, wait: undefined });
  }
});

test('whatever the header says, the wait is absent or between nothing and an hour', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.date().map(String)), fc.integer(), (header, now) => {
      const wait = parseRetryAfter(header, now);
      expect(wait === undefined || (wait >= 0 && wait <= 3_600_000)).toBe(true);
    }),
  );
});

test('an HTTP date is read back exactly', () => {
  const date = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(date, (moment) => {
      const seconds = Math.floor(moment.getTime() / 1000) * 1000;
      expect(parseHttpDate(new Date(seconds).toUTCString())).toBe(seconds);
    }),
  );
});
