import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING, type Totals } from '../../src/metrics/window.ts';
import { addToMinutes, NO_MINUTES, worstMinutes, type Minutes } from '../../src/metrics/worst-minute.ts';
import { healthy, LIMITS } from './samples.ts';

const EVERY = 10_000;

function failing(requests: number, errors: number): Totals {
  return { ...healthy(requests - errors), requests, errors, latency: healthy(requests).latency };
}

/** Samples ten seconds apart, the first of them from the time 0 on. */
function minutesOf(samples: readonly Totals[], every = EVERY): Minutes {
  return samples.reduce(
    (minutes, totals, index) =>
      addToMinutes(minutes, { from: index * every, until: (index + 1) * every, totals }, LIMITS),
    NO_MINUTES,
  );
}

const repeated = (count: number, totals: Totals) => Array.from({ length: count }, () => totals);
const worstOf = (minutes: Minutes) => worstMinutes(minutes, LIMITS);

describe('the worst minute', () => {
  it('is found among hours of good ones, with its time and its counts', () => {
    const samples = [
      ...repeated(6 * 90, healthy(1000)),
      ...repeated(6, failing(1000, 300)),
      ...repeated(900, healthy(1000)),
    ];
    expect(worstOf(minutesOf(samples))['error-share']).toEqual({
      from: 90 * 60_000,
      until: 91 * 60_000,
      count: 1800,
      of: 6000,
    });
  });

  it('is told for each limit by itself', () => {
    const allDenied = { ...healthy(1000), allowed: 0, denied: 1000 };
    const slow = { ...healthy(1000), latency: { ...healthy(1000).latency, counts: [500, 500, 500] } };
    const samples = [
      ...repeated(6, healthy(1000)),
      ...repeated(6, allDenied),
      ...repeated(6, slow),
      ...repeated(6, failing(1000, 20)),
    ];
    const worst = worstOf(minutesOf(samples));
    expect(worst['allow-share-min']).toEqual({ from: 60_000, until: 120_000, count: 0, of: 6000 });
    expect(worst['latency-p99']).toEqual({ from: 120_000, until: 180_000, count: 3000, of: 6000 });
    expect(worst['error-share']).toEqual({ from: 180_000, until: 240_000, count: 120, of: 6000 });
    expect(Object.keys(worst)).toHaveLength(6);
  });

  it('is not a single failed request in a minute with no other one', () => {
    const samples = [...repeated(6, failing(100, 50)), failing(1, 1), ...repeated(5, NOTHING)];
    expect(worstOf(minutesOf(samples))['error-share']).toMatchObject({ count: 300, of: 600 });
  });

  it('may be the one that is not over yet', () => {
    const samples = [...repeated(6, healthy(1000)), ...repeated(3, failing(1000, 300))];
    expect(worstOf(minutesOf(samples))['error-share']).toEqual({ from: 60_000, until: 90_000, count: 900, of: 3000 });
  });

  it('says how long it was, where samples are further apart', () => {
    const worst = worstOf(minutesOf([healthy(9000), failing(9000, 90), healthy(9000)], 90_000));
    expect(worst['error-share']).toEqual({ from: 90_000, until: 180_000, count: 90, of: 9000 });
  });

  it('is nothing without traffic, and without a bucket edge at the limit', () => {
    expect(worstOf(minutesOf(repeated(60, NOTHING)))).toEqual({});
    const blurred = { ...healthy(1000), latency: { edges: [], counts: [], count: 1000 } };
    expect(Object.keys(worstOf(minutesOf(repeated(6, blurred))))).toEqual([
      'error-share',
      'allow-share-min',
      'allow-share-max',
    ]);
  });

  it('survives the journey to another worker, and stays small for however long', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 300 }), (errors) => {
        const minutes = minutesOf(errors.map((count) => failing(1000, count)));
        expect(JSON.parse(JSON.stringify(minutes))).toEqual(minutes);
        expect(JSON.stringify(minutes).length).toBeLessThan(1000);
      }),
      { numRuns: 50 },
    );
  });
});
