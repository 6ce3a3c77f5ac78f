import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaOfStretch, alphaOfWindow, FALSE_ALARM_BUDGET, TRIPWIRE_ALPHA } from '../../src/metrics/budget.ts';
import {
  certainlyAbove,
  certainlyBelow,
  lnEvidenceAgainst,
  lowerBound,
  upperBound,
} from '../../src/metrics/confidence.ts';
import { detectableShare, wouldHaveSeen } from '../../src/metrics/detectable.ts';
import { lnGamma } from '../../src/metrics/log-gamma.ts';
import { tripped } from '../../src/metrics/tripwire.ts';
import reference from './fixtures/reference-values.json' with { type: 'json' };
import { healthy, LIMITS } from './samples.ts';

/** Rows of the reference that differ by more than they may. */
function wrong<Row>(rows: readonly Row[], differ: (row: Row) => { readonly by: number; readonly most: number }): Row[] {
  expect(rows.length).toBeGreaterThan(10);
  return rows.filter((row) => {
    const { by, most } = differ(row);
    return !(by <= most);
  });
}

/** How far two numbers are apart, with what that may be: relative to the expected one, and never less than `floor`. */
const relative = (actual: number, expected: number, share: number, floor = 0) => ({
  by: Math.abs(actual - expected),
  most: Math.max(floor, share * Math.abs(expected)),
});

describe('against values computed independently, from a single request to a billion,', () => {
  it('the logarithm of the gamma function has a relative error of at most 1e-14', () => {
    expect(wrong(reference.lnGamma, ({ x, value }) => relative(lnGamma(x), value, 1e-14, 1e-14))).toEqual([]);
  });

  it('the evidence has an error of at most 1e-14 for each request', () => {
    const differ = ({ share, successes, n, value }: (typeof reference.evidence)[number]) => ({
      by: Math.abs(lnEvidenceAgainst(share, successes, n) - value),
      most: 1e-14 * Math.max(1000, n),
    });
    expect(wrong(reference.evidence, differ)).toEqual([]);
  });

  it('the bounds have a relative error of at most 1e-7, down to shares of one in a billion', () => {
    const [share, floor] = [1e-7, 1e-16];
    expect(
      wrong(reference.bounds, ({ successes, n, alpha, lower }) =>
        relative(lowerBound(successes, n, alpha), lower, share, floor),
      ),
    ).toEqual([]);
    expect(
      wrong(reference.bounds, ({ successes, n, alpha, upper }) =>
        relative(upperBound(successes, n, alpha), upper, share, floor),
      ),
    ).toEqual([]);
  });

  it('the detectable share has a relative error of at most 1e-8', () => {
    const differ = ({ limit, n, value }: (typeof reference.detectable)[number]) =>
      relative(detectableShare(limit, n), value, 1e-8);
    expect(wrong(reference.detectable, differ)).toEqual([]);
  });

  it('the tripwire spends no more than it may on any sample of a plan that is exactly at its limit', () => {
    const trips = reference.trips.filter(({ limit, n }) => {
      const errors = Math.ceil(n / 2);
      const totals = { ...healthy(n - errors), requests: n, errors };
      return tripped(totals, { ...LIMITS, errorShare: limit, allowShare: { min: 1e-9, max: 1 - 1e-9 } })?.what;
    });
    expect(trips.length).toBeGreaterThan(5);
    expect(trips.filter(({ probability }) => probability > TRIPWIRE_ALPHA)).toEqual([]);
  });
});

const observation = fc
  .integer({ min: 1, max: 100_000 })
  .chain((n) =>
    fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n), fc.double({ min: 1e-6, max: 0.5, noNaN: true })),
  );

describe('the confidence sequence', () => {
  it('has the observed share between its bounds', () => {
    fc.assert(
      fc.property(observation, ([successes, n, alpha]) => {
        expect(lowerBound(successes, n, alpha)).toBeLessThanOrEqual(successes / n);
        expect(upperBound(successes, n, alpha)).toBeGreaterThanOrEqual(successes / n);
      }),
    );
  });

  it('is certain exactly beyond its bounds', () => {
    fc.assert(
      fc.property(observation, fc.double({ min: 0, max: 1, noNaN: true }), ([successes, n, alpha], share) => {
        const [lower, upper] = [lowerBound(successes, n, alpha), upperBound(successes, n, alpha)];
        fc.pre(Math.abs(share - lower) > 1e-9 && Math.abs(share - upper) > 1e-9);
        expect(certainlyAbove(share, successes, n, alpha)).toBe(share < lower);
        expect(certainlyBelow(share, successes, n, alpha)).toBe(share > upper);
      }),
    );
  });

  it('is certain of nothing without requests or with counts that cannot be', () => {
    for (const [successes, n] of [
      [0, 0],
      [2, 1],
      [-1, 5],
      [NaN, 5],
      [1, NaN],
      [Infinity, Infinity],
    ] as const) {
      expect(certainlyAbove(0.1, successes, n, 0.01)).toBe(false);
      expect(certainlyBelow(0.9, successes, n, 0.01)).toBe(false);
    }
  });

  it('rules out "never" at the first success', () => {
    expect(certainlyAbove(0, 1, 1_000_000, 1e-9)).toBe(true);
    expect(certainlyBelow(1, 999_999, 1_000_000, 1e-9)).toBe(true);
  });

  it('raises few false alarms although it looks after every ten requests', () => {
    const [seed, alpha, runs] = [20_261_122, 0.05, 1000];
    console.info(`false alarms simulated with seed ${seed}`);
    const random = generator(seed);
    let alarms = 0;
    for (let run = 0; run < runs; run++) alarms += isEverAlarmed(0.05, 1500, alpha, random) ? 1 : 0;
    // Three standard deviations above alpha; one look at the end alone would have no right to more than alpha either.
    expect(alarms / runs).toBeLessThanOrEqual(alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / runs));
  });

  it('notices a share of twice the limit', () => {
    expect(certainlyAbove(0.005, 160, 16_000, alphaOfWindow(1))).toBe(true);
  });
});

function isEverAlarmed(share: number, requests: number, alpha: number, random: () => number): boolean {
  let successes = 0;
  for (let n = 1; n <= requests; n++) {
    if (random() < share) successes += 1;
    if (n % 10 === 0 && (certainlyAbove(share, successes, n, alpha) || certainlyBelow(share, successes, n, alpha)))
      return true;
  }
  return false;
}

/** Mulberry32: small, seeded and good enough for coins. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('the budget', () => {
  it('is never spent, however many windows a plan has', () => {
    let spent = 0;
    for (let window = 1; window <= 10_000; window++) spent += 6 * alphaOfWindow(window);
    expect(spent).toBeLessThan(FALSE_ALARM_BUDGET);
    expect(spent).toBeGreaterThan(0.9 * FALSE_ALARM_BUDGET);
  });

  it('of a window is never spent, however many stretches it has', () => {
    let spent = 0;
    for (let stretch = 1; stretch <= 10_000; stretch++) spent += alphaOfStretch(0.001, stretch);
    expect(spent).toBeLessThan(0.001);
    expect(spent).toBeGreaterThan(0.999 * 0.001);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('has no window and no stretch number %s', (ordinal) => {
    expect(() => alphaOfWindow(ordinal)).toThrow(RangeError);
    expect(() => alphaOfStretch(0.001, ordinal)).toThrow(RangeError);
  });
});

describe('the detectable error share', () => {
  it('is such that a window with exactly the limit passes and the stated share would have been seen', () => {
    for (const [limit, n] of [
      [0.005, 1000],
      [0.005, 1199],
      [0.29, 100],
      [0.07, 100],
    ] as const) {
      expect(wouldHaveSeen(detectableShare(limit, n) + 1e-9, limit, n)).toBe(true);
      expect(wouldHaveSeen(detectableShare(limit, n) - 1e-6, limit, n)).toBe(false);
    }
  });

  it('is everything when there are no requests', () => {
    expect(detectableShare(0.005, 0)).toBe(1);
    expect(wouldHaveSeen(1, 0.005, NaN)).toBe(false);
  });
});
