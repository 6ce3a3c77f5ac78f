import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertPercent, hasForgotten, isAbove, standsAt, type Share } from '../../src/traffic/port.ts';
import { firstOf, percentOf, weightsFor } from '../../src/traffic/weights.ts';

const told = (percent: number, life?: string): Share => ({
  percent,
  version: 'v1',
  ...(life === undefined ? {} : { life }),
});
const counted = (percent: number, low: number, high: number): Share => ({
  percent,
  version: 'v1',
  between: { low, high },
});

describe('a share that was told', () => {
  it('stands where it was told and nowhere else', () => {
    expect(standsAt(told(25), 25)).toBe(true);
    expect(standsAt(told(24.999), 25)).toBe(false);
    expect(isAbove(told(25.001), 25)).toBe(true);
    expect(isAbove(told(25), 25)).toBe(false);
  });
});

describe('a share that was counted', () => {
  it.each([
    [counted(25.4, 23, 27.9), 25],
    [counted(26.5, 24, 29), 25],
    [counted(5.2, 4, 6.9), 5],
    [counted(49.8, 47, 52.5), 50],
    [counted(0, 0, 2.4), 0],
    [counted(100, 97, 100), 100],
  ])('%j stands at %s %', (share, percent) => {
    expect(standsAt(share, percent)).toBe(true);
    expect(isAbove(share, percent)).toBe(false);
  });

  it.each([
    [counted(25, 19, 31), 25, 'because too few were counted'],
    [counted(31, 28, 34), 25, 'because it is another one'],
    [counted(9.9, 8, 12), 5, 'because it is twice as much'],
    [counted(0.01, 0, 0.1), 0, 'because none means none'],
    [counted(99.99, 99.9, 100), 100, 'because all means all'],
  ])('%j does not stand at %s %, %s', (share, percent) => {
    expect(standsAt(share, percent)).toBe(false);
  });

  it('stands at no two steps of a plan at once', () => {
    const steps = [0, 5, 25, 50, 100];
    const percent = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(percent, percent, percent, (one, other, another) => {
        const [low = 0, middle = 0, high = 0] = [one, other, another].toSorted((left, right) => left - right);
        expect(steps.filter((step) => standsAt(counted(middle, low, high), step)).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is above only what it is certainly above', () => {
    expect(isAbove(counted(52, 49, 55), 25)).toBe(true);
    expect(isAbove(counted(30, 27, 33), 25)).toBe(false);
  });
});

describe('a router that was reloaded', () => {
  const left = told(25, 'one');

  it('has forgotten a share when it stands elsewhere, in another life', () => {
    expect(hasForgotten(left, told(0, 'two'))).toBe(true);
  });

  it.each([
    ['somebody moved it in this life', told(0, 'one')],
    ['it still knows it', told(25, 'two')],
    ['it never forgets', told(0)],
  ])('has not forgotten it when %s', (_, now) => {
    expect(hasForgotten(left, now)).toBe(false);
  });

  it('has not forgotten what stood there anyway', () => {
    expect(hasForgotten(told(0, 'one'), told(0, 'two'))).toBe(false);
  });
});

describe('weights', () => {
  it('are the percents themselves when those are whole', () => {
    for (let percent = 0; percent <= 100; percent++) {
      expect(weightsFor(percent, 256)).toEqual({ intended: percent, bypass: 100 - percent });
    }
  });

  it('make exactly the share that was asked for, or there are none', () => {
    const percent = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.integer({ min: 0, max: 1_000_000 }).map((parts) => parts / 10_000),
    );
    fc.assert(
      fc.property(percent, fc.constantFrom(256, 1_000_000), (wanted, largest) => {
        const weights = weightsFor(wanted, largest);
        if (weights === undefined) return;
        expect(percentOf(weights)).toBe(wanted + 0);
        expect(
          [weights.intended, weights.bypass].every((weight) => Number.isInteger(weight) && weight <= largest),
        ).toBe(true);
      }),
    );
  });

  it('are changed one after the other so that nobody is lost and never too much goes through', () => {
    const weight = fc.integer({ min: 0, max: 256 });
    const pair = fc.record({ intended: weight, bypass: weight }).filter((weights) => percentOf(weights) !== undefined);
    fc.assert(
      fc.property(pair, pair, (before, after) => {
        const first = firstOf(before, after);
        const between = percentOf({ ...before, [first]: after[first] });
        expect(between).toBeDefined();
        expect(between).toBeLessThanOrEqual(Math.max(percentOf(before) ?? 0, percentOf(after) ?? 0));
      }),
      { numRuns: 2_000 },
    );
    expect(firstOf({ intended: 0, bypass: 1 }, { intended: 5, bypass: 95 })).toBe('bypass');
  });

  it('that give nobody anything are no share', () => {
    expect(percentOf({ intended: 0, bypass: 0 })).toBeUndefined();
  });
});

describe('a share', () => {
  it.each([-0.1, 100.1, NaN, Infinity])('is never %s percent', (percent) => {
    expect(() => assertPercent(percent)).toThrow(RangeError);
  });
});
