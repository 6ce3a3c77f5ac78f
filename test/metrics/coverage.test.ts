import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginCoverage, coverageUntil, seen, type Coverage } from '../../src/metrics/coverage.ts';

const EVERY = 10_000;

function covered(times: readonly number[], { moved = true, whole = true } = {}): Coverage {
  return times.reduce((coverage, at) => seen(coverage, { at, moved, whole }), beginCoverage(0, EVERY));
}

const steps = (from: number, to: number, by = EVERY) =>
  Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);

describe('coverage', () => {
  it('is whole when samples stand close from edge to edge', () => {
    expect(coverageUntil(covered(steps(0, 600_000)), 600_000)).toMatchObject({
      share: 1,
      largestGap: EVERY,
      samples: 61,
    });
  });

  it('forgives one lost sample but not two in a row', () => {
    const without = (...lost: number[]) => covered(steps(0, 200_000).filter((at) => !lost.includes(at)));
    expect(coverageUntil(without(50_000), 200_000)).toMatchObject({ share: 1, largestGap: 20_000 });
    expect(coverageUntil(without(50_000, 60_000), 200_000)).toMatchObject({ share: 0.85, largestGap: 30_000 });
  });

  it('counts what is missing at both edges', () => {
    expect(coverageUntil(covered(steps(50_000, 100_000)), 200_000)).toMatchObject({ share: 0.25, largestGap: 100_000 });
  });

  it('is nothing without samples, or with only one', () => {
    expect(coverageUntil(covered([]), 200_000)).toMatchObject({ share: 0, largestGap: 200_000 });
    expect(coverageUntil(covered([100_000]), 200_000)).toMatchObject({ share: 0 });
  });

  it('ignores samples that are not newer than the last', () => {
    expect(covered([0, 10_000, 10_000, 5_000, NaN, -Infinity])).toEqual(covered([0, 10_000]));
  });

  it('does not count the interval of a reset', () => {
    const coverage = seen(covered(steps(0, 90_000)), { at: 100_000, moved: true, whole: false });
    expect(coverageUntil(coverage, 100_000)).toMatchObject({ share: 0.9 });
  });

  it('takes a short standstill for a quiet moment and a long one for a frozen metric', () => {
    const still = (length: number) =>
      steps(110_000, 100_000 + length).reduce(
        (coverage, at) => seen(coverage, { at, moved: false, whole: true }),
        covered(steps(0, 100_000)),
      );
    expect(coverageUntil(still(50_000), 150_000).share).toBe(1);
    expect(coverageUntil(still(100_000), 200_000).share).toBe(0.5);
    const moving = seen(still(100_000), { at: 210_000, moved: true, whole: true });
    expect(coverageUntil(moving, 210_000).share).toBeCloseTo(110 / 210);
  });

  it('believes no samples from the future', () => {
    expect(coverageUntil(covered(steps(0, 900_000)), 300_000).share).toBe(0);
    expect(coverageUntil(covered(steps(0, 310_000)), 305_000).share).toBe(1);
  });

  it('goes on from its JSON as if nothing had happened', () => {
    const half = covered(steps(0, 50_000));
    const resumed: unknown = JSON.parse(JSON.stringify(half));
    expect(resumed).toEqual(half);
  });

  it('never exceeds the window', () => {
    const sample = fc.record({
      at: fc.integer({ min: -100_000, max: 700_000 }),
      moved: fc.boolean(),
      whole: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sample), fc.integer({ min: 1, max: 600_000 }), (samples, to) => {
        const { share, largestGap } = coverageUntil(samples.reduce(seen, beginCoverage(0, EVERY)), to);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        expect(largestGap).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each([
    [NaN, 1],
    [0, 0],
    [0, NaN],
    [0, -1],
  ])('does not begin at %s with an interval of %s', (from, every) => {
    expect(() => beginCoverage(from, every)).toThrow(RangeError);
  });
});
