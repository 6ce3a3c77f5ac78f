import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';

const THIRTY_YEARS = 30 * 365 * 86_400_000;

test('what is formatted is read back as the same number of milliseconds', () => {
  fc.assert(
    fc.property(fc.nat({ max: THIRTY_YEARS }), (milliseconds) => {
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});

test('any text is read as whole milliseconds or not at all', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^P?T?(\d{1,20}[dhmsDHMS]{1,2}){1,5}$/)), (text) => {
      const milliseconds = parseDuration(text);
      expect(milliseconds === undefined || (Number.isSafeInteger(milliseconds) && milliseconds >= 0)).toBe(true);
    }),
  );
});

test.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['24h', 86_400_000],
  ['2d', 172_800_000],
  ['5m', 300_000],
  ['500ms', 500],
  ['1m500ms', 60_500],
  ['0s', 0],
  ['PT5M', 300_000],
  ['PT1H30M', 5_400_000],
  ['P1DT1S', 86_401_000],
])('%s is %i milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  ['no unit', '5'],
  ['a sign', '-5s'],
  ['weeks', '1w'],
  ['a fraction', '1.5h'],
  ['months', 'P1M'],
  ['years', 'P1Y'],
  ['words', 'ten bananas'],
  ['nothing', ''],
  ['an ISO duration of nothing', 'P'],
  ['an ISO time of nothing', 'PT'],
  ['an ISO fraction', 'PT1.5H'],
  ['the wrong order', '30m1h'],
  ['a unit twice', '1h1h'],
  ['capital letters', '5M'],
  ['space around it', ' 5m'],
  ['space inside it', '1h 30m'],
  ['a line break after it', '5m\n'],
  ['more than can be counted', '9007199254740993d'],
])('a duration with %s is refused', (_what, text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, '0s'],
  [-1, '0s'],
  [1, '1ms'],
  [0.4, '0s'],
  [5_400_000, '1h30m'],
  [86_400_000, '1d'],
  [90_061_001, '1d1h1m1s1ms'],
])('%d milliseconds are written as %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
