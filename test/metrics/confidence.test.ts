import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaOfStretch, alphaOfWindow, FALSE_ALARM_BUDGET } from '../../src/metrics/budget.ts';
import {
  certainlyAbove,
  certainlyBelow,
  lnEvidenceAgainst,
  lowerBound,
  upperBound,
} from '../../src/metrics/confidence.ts';
import { detectableShare, wouldHaveSeen } from '../../src/metrics/detectable.ts';
import { lnGamma } from '../../src/metrics/log-gamma.ts';
import reference from './fixtures/reference-values.json' with { type: 'json' };

/** Distance between two numbers, relative to the greater of the expected one and 1. */
const distance = (actual: number, expected: number) => Math.abs(actual - expected) / Math.max(1, Math.abs(expected));

describe('against values computed independently', () => {
  it.each(reference.lnGamma)('the logarithm of the gamma function at $x agrees', ({ x, value }) => {
    expect(distance(lnGamma(x), value)).toBeLessThanOrEqual(1e-13);
  });

  it.each(reference.evidence)('the evidence of $successes of $n against $share agrees', (row) => {
    expect(distance(lnEvidenceAgainst(row.share, row.successes, row.n), row.value)).toBeLessThanOrEqual(1e-8);
  });

  it.each(reference.bounds)(
    'the bounds of $successes of $n at $alpha agree',
    ({ successes, n, alpha, lower, upper }) => {
      expect(distance(lowerBound(successes, n, alpha), lower)).toBeLessThanOrEqual(1e-9);
      expect(distance(upperBound(successes, n, alpha), upper)).toBeLessThanOrEqual(1e-9);
    },
  );

  it.each(reference.detectable)(
    'what $n requests would have shown at a limit of $limit agrees',
    ({ limit, n, value }) => {
      expect(distance(detectableShare(limit, n), value)).toBeLessThanOrEqual(1e-7);
    },
  );
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
