import { describe, expect, it } from 'vitest';
import { upperBoundOf } from '../../bench/simulate/binomial-bound.ts';
import { bursty, disturbed, drifting } from '../../bench/simulate/disturbed-traffic.ts';
import { CountOf } from '../../bench/simulate/distribution.ts';
import { normal, slowerAtScale } from '../../bench/simulate/latency.ts';
import { Random } from '../../bench/simulate/random.ts';
import { rankStatistic, shiftBetween } from '../../bench/simulate/rank-statistic.ts';
import { SteadyTraffic } from '../../bench/simulate/traffic.ts';
import reference from './fixtures/reference-values.json' with { type: 'json' };
import { PLAN } from './plan.ts';

const SEED = 20_261_122;
console.info(`drawn with seed ${SEED}`);

describe('random numbers', () => {
  const some = (...seeds: number[]) => {
    const random = new Random(...seeds);
    return Array.from({ length: 1000 }, () => random.share());
  };

  it('are the same for the same seeds and others for others', () => {
    expect(some(SEED, 1, 2)).toEqual(some(SEED, 1, 2));
    const first = [[SEED], [SEED, 0], [SEED, 1], [SEED + 1, 0], [0, SEED], [SEED, 0, 1], [SEED, 1, 0]];
    expect(new Set(first.map((seeds) => some(...seeds)[0])).size).toBe(first.length);
  });

  it('are spread evenly, in streams that have nothing to do with each other', () => {
    const [one, other] = [some(SEED, 0), some(SEED, 1)];
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;
    expect(mean(one)).toBeCloseTo(0.5, 1);
    expect(mean(one.map((value, index) => value * (other[index] ?? 0)))).toBeCloseTo(0.25, 1);
  });
});

describe('counts that are drawn', () => {
  it.each(reference.counts)(
    'of $n at $share and a correlation of $correlation come as often as they should',
    ({ n, share, correlation, shares }) => {
      const [count, random, draws] = [new CountOf(share, correlation), new Random(SEED), 100_000];
      const seen = shares.map(() => 0);
      for (let draw = 0; draw < draws; draw++) seen[count.draw(n, random)]! += 1;
      shares.forEach((expected, drawn) => {
        const deviation = Math.sqrt((expected * (1 - expected)) / draws);
        expect(Math.abs((seen[drawn] ?? 0) / draws - expected)).toBeLessThanOrEqual(5 * deviation + 1e-9);
      });
    },
  );

  it('are none of none, none at a share of 0 and all at a share of 1', () => {
    const random = new Random(SEED);
    expect([new CountOf(0.5).draw(0, random), new CountOf(0).draw(9, random), new CountOf(1).draw(9, random)]).toEqual([
      0, 0, 9,
    ]);
  });
});

describe('against values computed independently', () => {
  it.each(reference.normal)('the normal distribution at $z agrees', ({ z, value }) => {
    expect(Math.abs(normal(z) - value)).toBeLessThanOrEqual(7.5e-8);
  });

  it.each(reference.upperBound)('the upper bound of $successes of $n agrees', ({ successes, n, value }) => {
    expect(Math.abs(upperBoundOf(successes, n) - value)).toBeLessThanOrEqual(1e-9);
  });

  it.each(reference.rank)('the rank statistic of $tested against $baseline agrees', (row) => {
    expect(Math.abs(rankStatistic(row.tested, row.baseline, row.shift))).toBeCloseTo(row.deviations, 9);
  });
});

describe('the rank statistic', () => {
  it('is on the side of the greater values, and 0 when all are the same', () => {
    expect(rankStatistic([3, 4, 5], [0, 1, 2])).toBeGreaterThan(0);
    expect(rankStatistic([0, 1, 2], [3, 4, 5])).toBeLessThan(0);
    expect(rankStatistic([1, 1], [1, 1])).toBe(0);
  });

  it('goes with a shift that is the median of all differences', () => {
    expect(shiftBetween([3, 4, 8], [1, 2])).toBe(2.5);
    expect(shiftBetween([3], [1, 2, 4])).toBe(1);
  });
});

describe('the latency model', () => {
  it('has its 95th and 99th percentile at the bounds of the plan', () => {
    const slower = slowerAtScale(1, PLAN.limits);
    expect(slower.p95).toBeCloseTo(0.05, 6);
    expect(slower.p99).toBeCloseTo(0.01, 6);
  });

  it('has more slow requests when everything takes longer', () => {
    const [one, more] = [slowerAtScale(1, PLAN.limits), slowerAtScale(1.2, PLAN.limits)];
    expect(more.p50).toBeGreaterThan(one.p50);
    expect(more.p95).toBeGreaterThan(one.p95);
    expect(more.p99).toBeGreaterThan(one.p99);
  });
});

describe('traffic that changes', () => {
  const traffic = (errors: number) =>
    new SteadyTraffic({ errors, allowed: 0.9, slower: { p50: 0.2, p95: 0.02, p99: 0.002 } });
  const [well, ill, between] = [traffic(0), traffic(1), traffic(0.5)];

  it('is disturbed for as long as it says', () => {
    const course = disturbed(well, ill, 10, 20);
    expect([0, 9, 10, 29, 30].map(course)).toEqual([well, well, ill, ill, well]);
  });

  it('drifts through its steps and stays at the last one', () => {
    const course = drifting([well, between, ill], 30, 30);
    expect([0, 29, 30, 39, 40, 50, 59, 60, 99].map(course)).toEqual([
      well,
      well,
      well,
      well,
      between,
      ill,
      ill,
      ill,
      ill,
    ]);
  });

  it('comes in bursts that fill the share and last as long as they should', () => {
    const course = bursty({ quiet: well, burst: ill, share: 0.1, intervals: 6 }, new Random(SEED));
    const seen = Array.from({ length: 100_000 }, (_, at) => course(at) === ill);
    const bursts = seen.filter((isBurst, at) => isBurst && !seen[at - 1]).length;
    const all = seen.filter((isBurst) => isBurst).length;
    expect(all / seen.length).toBeCloseTo(0.1, 1);
    expect(all / bursts).toBeGreaterThan(5.5);
    expect(all / bursts).toBeLessThan(6.5);
  });
});
