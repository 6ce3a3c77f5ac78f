import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counts } from '../../bench/simulate/counts.ts';
import { isBeyond, mayTrip, Product } from '../../bench/simulate/product.ts';
import { Random } from '../../bench/simulate/random.ts';
import { alphaOfWindow } from '../../src/metrics/budget.ts';
import { tripped } from '../../src/metrics/tripwire.ts';
import { breachOf } from '../../src/metrics/verdict.ts';
import { beginWatched, breachIn, judgeWatched, watch, type Watched } from '../../src/metrics/watched.ts';
import type { Totals } from '../../src/metrics/window.ts';
import { durations, requests, snapshot } from '../metrics/samples.ts';
import { PLAN } from './plan.ts';

const { limits, rollout } = PLAN;
const EVERY = rollout.sampleEvery;
const EDGES = [limits.latencyMs.p50, limits.latencyMs.p95, limits.latencyMs.p99].map((bound) => bound / 1000);

function counts(of: Partial<Counts>): Counts {
  return Object.assign(new Counts(), of);
}

const anyShare = fc.oneof(
  fc.constantFrom(0, 1),
  fc.double({ min: 0, max: 0.02, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

/** Counts that a stretch of time may have; now and then all or none of them are of one kind. */
const anyCounts = (most: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: most }), anyShare, anyShare, anyShare, anyShare, anyShare)
    .map(([all, failing, allowing, slow, slower, slowest]) => {
      const errors = Math.round(failing * all);
      const slowerThanP50 = Math.round(slow * all);
      const slowerThanP95 = Math.round(slower * slowerThanP50);
      return counts({
        requests: all,
        errors,
        allowed: Math.round(allowing * (all - errors)),
        slowerThanP50,
        slowerThanP95,
        slowerThanP99: Math.round(slowest * slowerThanP95),
      });
    });

describe('what spares the simulation a call', () => {
  it('lets no sample pass that would trip the wire', () => {
    fc.assert(
      fc.property(anyCounts(3000), (sample) => {
        const trips = tripped(sample.totals(limits), limits) !== undefined;
        expect(mayTrip(sample) || !trips).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('lets no breach pass', () => {
    fc.assert(
      fc.property(anyCounts(1_000_000), fc.integer({ min: 1, max: 50 }), (seen, ordinal) => {
        const alpha = alphaOfWindow(ordinal);
        const isBroken = breachOf(seen.totals(limits), limits, alpha) !== undefined;
        expect(isBeyond(seen, limits, -Math.log(alpha)) || !isBroken).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not everything: these are asked about', () => {
    expect(mayTrip(counts({ requests: 1000, allowed: 400, errors: 500 }))).toBe(true);
    expect(isBeyond(counts({ requests: 1000, errors: 50, allowed: 900 }), limits, 7)).toBe(true);
  });
});

describe('the product, as it is simulated,', () => {
  const SAMPLES = 720;
  const LENGTH = SAMPLES * EVERY;

  it.each([
    ['a healthy window', { errors: 0, onset: 0 }, 'pass'],
    ['few errors from the start', { errors: 1, onset: 0 }, 'fail'],
    ['errors just above the limit', { errors: 0.53, onset: 0 }, 'inconclusive'],
    ['errors after more than an hour', { errors: 3, onset: 500 }, 'fail in a later stretch'],
    ['a sample in which all fails', { errors: 100, onset: 500 }, 'trip'],
  ])('stops and judges as a watch does: %s', (_, { errors, onset }, expected) => {
    const random = new Random(1);
    const product = new Product(limits, EVERY);
    product.begin({ length: LENGTH, ordinal: 3 });
    const alpha = alphaOfWindow(3);
    const seen = new Counts();
    let { watched } = watch(beginWatched(0, EVERY), snapshotOf(seen, 0), limits);
    for (let index = 0; index < SAMPLES; index++) {
      const sample = sampleOf(index < onset ? 0 : errors, random);
      seen.add(sample);
      const step = watch(watched, snapshotOf(seen, (index + 1) * EVERY), limits);
      ({ watched } = step);
      const end = endOf(watched, step.newest, alpha);
      expect(product.stops(sample)).toBe(end !== undefined);
      if (end === undefined) continue;
      expect(end).toBe(expected);
      return;
    }
    const { verdict, missing } = judgeWatched(watched, { length: LENGTH, now: LENGTH, limits, alpha, percent: 100 });
    expect(product.missing()).toBe(missing);
    expect(verdict).toBe(expected);
  });

  function endOf(watched: Watched, newest: Totals | undefined, alpha: number): string | undefined {
    if (newest !== undefined && tripped(newest, limits) !== undefined) return 'trip';
    if (breachIn(watched, limits, alpha) === undefined) return undefined;
    return watched.newestHour.ordinal === 1 ? 'fail' : 'fail in a later stretch';
  }

  /** A hundred requests that are fast and allowed as the plan wants, but for so many errors on average. */
  function sampleOf(expected: number, random: Random): Counts {
    const errors = Math.floor(expected + random.share());
    const [slow, allowed] = [Math.floor(random.share() * 4), 87 + Math.floor(random.share() * 9)];
    return counts({
      requests: 100,
      errors,
      allowed: Math.round((allowed / 100) * (100 - errors)),
      slowerThanP50: 9 * slow,
      slowerThanP95: slow,
      slowerThanP99: slow === 3 ? 2 : 0,
    });
  }

  function snapshotOf(
    { requests: all, errors, allowed, slowerThanP50, slowerThanP95, slowerThanP99 }: Counts,
    at: number,
  ) {
    return snapshot(
      at,
      requests(allowed),
      requests(all - errors - allowed, 'deny'),
      requests(errors, 'deny', 'error'),
      durations([all - slowerThanP50, all - slowerThanP95, all - slowerThanP99], all, EDGES),
    );
  }
});
