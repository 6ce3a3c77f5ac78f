import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alphaOfWindow } from '../../src/metrics/budget.ts';
import { coverageUntil } from '../../src/metrics/coverage.ts';
import { parseExposition } from '../../src/metrics/exposition.ts';
import { selectSeries } from '../../src/metrics/families.ts';
import { beginObservation, observe } from '../../src/metrics/observation.ts';
import type { Snapshot } from '../../src/metrics/source.ts';
import { breachOf, judgeWindow } from '../../src/metrics/verdict.ts';
import { exposed, LIMITS } from './samples.ts';

const EVERY = 10_000;
const NAMES = { requests: 'golive_requests_total', duration: 'golive_request_duration_seconds' };

/** What a target answers at one sample time: a text, as it was true at a time, or nothing at all. */
type Attempt = { readonly text: string; readonly at: number } | undefined;

function read({ text, at }: NonNullable<Attempt>): Snapshot | undefined {
  try {
    return { at, series: selectSeries(parseExposition(text, 'prometheus-text'), NAMES, {}, 'edge').series };
  } catch {
    return undefined;
  }
}

function verdictOf(attempts: readonly Attempt[]): string {
  let observation = beginObservation(0, EVERY);
  for (const attempt of attempts) {
    const snapshot = attempt && read(attempt);
    if (snapshot !== undefined) ({ observation } = observe(observation, snapshot));
  }
  const coverage = coverageUntil(observation.coverage, (attempts.length - 1) * EVERY);
  const { totals } = observation;
  const breach = breachOf(totals, LIMITS, alphaOfWindow(1));
  return judgeWindow({ totals, coverage, limits: LIMITS, breach }).verdict;
}

const good = (index: number, perSample = 1000): NonNullable<Attempt> => ({
  text: exposed({ allow: 910 * index * (perSample / 1000), deny: 90 * index * (perSample / 1000) }),
  at: index * EVERY,
});

/** What becomes of the sample with this number. */
type Fault = (index: number) => Attempt;

const damaged =
  (change: (text: string) => string): Fault =>
  (index) => ({ ...good(index), text: change(good(index).text) });
const allowedIs = (value: string) =>
  damaged((text) => text.replace(/(decision="allow",outcome="ok"} ).*/, `$1${value}`));

const MISSING: Record<string, Fault> = { 'no answer': () => undefined };
const UNREADABLE: Record<string, Fault> = {
  'a counter is NaN': allowedIs('NaN'),
  'a counter is infinite': allowedIs('+Inf'),
  'a counter is less than nothing': allowedIs('-Inf'),
  'a counter is negative': allowedIs('-1'),
  'a counter is beyond all numbers': allowedIs('1e400'),
  'a counter has a unit': allowedIs('12ms'),
  'a counter is in quotes': allowedIs('"1"'),
  'a counter is empty': allowedIs(''),
  'no counter': damaged((text) => text.replaceAll('golive_requests_total', 'other')),
  'no histogram': damaged((text) => text.replaceAll('golive_request_duration_seconds', 'other')),
  'no series': damaged((text) => text.replaceAll(/^golive.*\n/gm, '')),
  'no end': damaged((text) => text.slice(0, -1)),
  'everything twice': damaged((text) => text + text),
  'an empty answer': damaged(() => ''),
};
const STALE: Record<string, Fault> = {
  'as old as the window': (index) => ({ ...good(index), at: 0 }),
  'older than the window': (index) => ({ ...good(index), at: -EVERY }),
  'older at every sample': (index) => ({ ...good(index), at: -index * EVERY }),
};
const FROZEN: Record<string, Fault> = { 'always the same': (index) => ({ ...good(3), at: index * EVERY }) };
const TOO_FEW: Record<string, Fault> = { 'ten requests': (index) => good(index, 10) };
const FAULTS = { ...MISSING, ...UNREADABLE, ...STALE, ...FROZEN, ...TOO_FEW };

const LENGTH = 60;
const oneOf = (faults: Record<string, Fault>) => fc.constantFrom(...Object.keys(faults));
const inject = (name: string, index: number): Attempt => FAULTS[name]?.(index);

it('the same road lets a sound window pass', () => {
  expect(verdictOf(Array.from({ length: LENGTH }, (_, index) => good(index)))).toBe('pass');
});

it.each([
  ['missing', MISSING],
  ['unreadable', UNREADABLE],
  ['stale', STALE],
  ['frozen', FROZEN],
  ['too few', TOO_FEW],
  ['missing, unreadable, stale or frozen', { ...MISSING, ...UNREADABLE, ...STALE, ...FROZEN }],
  ['missing, unreadable or too few', { ...MISSING, ...UNREADABLE, ...TOO_FEW }],
])('a window of samples that are %s never passes', (_, faults) => {
  fc.assert(
    fc.property(fc.array(oneOf(faults), { minLength: LENGTH, maxLength: LENGTH }), (names) => {
      expect(verdictOf(names.map(inject))).not.toBe('pass');
    }),
  );
});

it('a sound window with a hole of two lost samples never passes', () => {
  const holes = fc.integer({ min: 1, max: LENGTH - 3 });
  fc.assert(
    fc.property(holes, oneOf({ ...MISSING, ...UNREADABLE, ...STALE }), (hole, name) => {
      const isLost = (index: number) => index >= hole && index < hole + 2;
      const attempts = Array.from({ length: LENGTH }, (_, index) =>
        isLost(index) ? inject(name, index) : good(index),
      );
      expect(verdictOf(attempts)).not.toBe('pass');
    }),
  );
});
