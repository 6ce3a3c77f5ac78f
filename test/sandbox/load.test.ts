import { describe, expect, it } from 'vitest';
import { loadAt, type Load } from '../../src/sandbox/router/load.ts';

const DAY = 60_000;
const load: Load = { rate: 100, day: DAY, seed: 'a' };

function over(hours: { readonly from: number; readonly to: number }, of = load): number[] {
  const hour = of.day / 24;
  return Array.from({ length: 1000 }, (_, index) =>
    loadAt(of, hour * (hours.from + ((hours.to - hours.from) * index) / 1000)),
  );
}

const meanOf = (loads: readonly number[]) => loads.reduce((sum, one) => sum + one, 0) / loads.length;

describe('the load', () => {
  it('comes and goes by the time of day, about the rate that was asked for', () => {
    expect(meanOf(over({ from: 0, to: 12 }))).toBeGreaterThan(115);
    expect(meanOf(over({ from: 12, to: 24 }))).toBeLessThan(90);
    expect(meanOf(over({ from: 0, to: 240 }))).toBeCloseTo(105, -1);
  });

  it('has one burst an hour, and never nobody', () => {
    for (let hour = 0; hour < 24; hour += 1) {
      const loads = over({ from: hour, to: hour + 1 });
      const usual = loads.toSorted((a, b) => a - b)[500] ?? 0;
      expect(loads.filter((one) => one > 1.3 * usual).length).toBeCloseTo(100, -2);
      expect(Math.min(...loads)).toBeGreaterThan(60);
    }
  });

  it('is the same for the same seed, and has its bursts at other times for another', () => {
    const day = { from: 0, to: 24 };
    expect(over(day)).toEqual(over(day));
    expect(over(day)).not.toEqual(over(day, { ...load, seed: 'b' }));
  });
});
