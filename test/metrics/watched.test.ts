import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Limits } from '../../src/domain/plan-schema.ts';
import { alphaOfWindow } from '../../src/metrics/budget.ts';
import { beginWatched, judgeWatched, observedUntil, watch, type Watched } from '../../src/metrics/watched.ts';
import { durations, LIMITS, requests, snapshot } from './samples.ts';

const EVERY = 10_000;
const LENGTH = 20 * EVERY;
const ALL_LIMITS: Limits = { ...LIMITS, auditLag: 1000, policyEngineMs: 100, tokenSigningMs: 100, haltToDeny: 1000 };

/** Counters at a moment, at a hundred requests a second of which 91 are allowed. */
const healthy = (at: number, failed = 0) => {
  const count = at / 10;
  return snapshot(
    at,
    requests(Math.round(0.91 * count)),
    requests(count - Math.round(0.91 * count) - failed, 'deny'),
    requests(failed, 'deny', 'error'),
    durations([count, count, count], count),
  );
};

function watchedAt(times: readonly number[], begun = beginWatched(0, EVERY)): Watched {
  return times.reduce((watched, at) => watch(watched, healthy(at), LIMITS).watched, begun);
}

const judged = (watched: Watched, now: number, length = LENGTH) =>
  judgeWatched(watched, { length, now, limits: ALL_LIMITS, alpha: alphaOfWindow(1), percent: 25 });

/** The times of samples from one number to another, both included. */
const samples = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => (first + index) * EVERY);

describe('a window without a gap', () => {
  it('passes and misses nothing', () => {
    const watched = watchedAt(samples(0, 20));
    expect(watched.gaps).toEqual([]);
    expect(observedUntil(watched, LENGTH)).toBe(LENGTH);
    expect(judged(watched, LENGTH)).toMatchObject({ verdict: 'pass', missing: 0 });
  });

  it('is not cut by one sample that failed', () => {
    const watched = watchedAt([...samples(0, 9), ...samples(11, 20)]);
    expect(watched.gaps).toEqual([]);
    expect(judged(watched, LENGTH).verdict).toBe('pass');
  });
});

describe('a gap', () => {
  const gap = [...samples(0, 5), ...samples(11, 20)];

  it('is cut out of what was observed', () => {
    const watched = watchedAt(gap);
    expect(watched.gaps).toEqual([6 * EVERY]);
    expect(observedUntil(watched, LENGTH)).toBe(14 * EVERY);
  });

  it('has to be made up for, by as much as it took', () => {
    const watched = watchedAt(gap);
    expect(judged(watched, LENGTH)).toMatchObject({ verdict: 'inconclusive', missing: 6 * EVERY });
    const made = watchedAt(samples(21, 26), watched);
    expect(judged(made, 26 * EVERY)).toMatchObject({ verdict: 'pass', missing: 0 });
  });

  it('hides no request: counters lose nothing in it', () => {
    expect(watchedAt(gap).piece.totals).toEqual(watchedAt(samples(0, 20)).piece.totals);
  });

  it('takes its requests into the minute that it lies in', () => {
    const { worst } = watchedAt([...samples(0, 5), ...samples(11, 17)]).minutes;
    expect(worst['error-share']).toMatchObject({ from: 0, until: 11 * EVERY, of: 11_000 });
  });

  it('hides no breach', () => {
    const before = watchedAt(samples(0, 5));
    const after = watch(before, healthy(12 * EVERY, 500), LIMITS).watched;
    expect(judged(after, 12 * EVERY)).toMatchObject({ verdict: 'fail', missing: 0 });
  });

  it('before the first sample counts as well', () => {
    const watched = watchedAt(samples(4, 20));
    expect(watched.gaps).toEqual([4 * EVERY]);
    expect(judged(watched, LENGTH)).toMatchObject({ verdict: 'inconclusive', missing: 4 * EVERY });
  });

  it('at the end does not pass either', () => {
    const watched = watchedAt(samples(0, 17));
    expect(judged(watched, LENGTH)).toMatchObject({ verdict: 'inconclusive', missing: 3 * EVERY });
  });

  it('is remembered, the newest fifty of them', () => {
    const times = Array.from({ length: 60 }, (_, index) => index * 5 * EVERY);
    expect(watchedAt(times).gaps).toEqual(Array.from({ length: 50 }, () => 5 * EVERY));
  });
});

describe('too little', () => {
  it.each([
    ['no sample', []],
    ['one sample', [0]],
    ['samples that are all too far apart', [0, 3, 6, 9, 12, 15, 18].map((index) => index * EVERY)],
    ['only the last moment', [19 * EVERY, LENGTH]],
  ])('is %s, and asks for more', (_what, times) => {
    const { verdict, missing } = judged(watchedAt(times), LENGTH);
    expect(verdict).toBe('inconclusive');
    expect(missing).toBeGreaterThanOrEqual(EVERY);
  });

  it('is a window of which hardly anything was seen, and asks for no more than all of it', () => {
    for (const times of [[], [19 * EVERY], [18 * EVERY, 19 * EVERY]]) {
      expect(judged(watchedAt(times), LENGTH).missing).toBeLessThanOrEqual(LENGTH);
    }
  });

  it('is a window with too few requests, and asks for as many times its length as it takes', () => {
    const tiny = (at: number) => {
      const count = at / 1000;
      return snapshot(at, requests(count), durations([count, count, count], count));
    };
    const watched = samples(0, 20).reduce((so, at) => watch(so, tiny(at), LIMITS).watched, beginWatched(0, EVERY));
    // 200 requests came, 1000 are needed.
    expect(judged(watched, LENGTH)).toMatchObject({ verdict: 'inconclusive', missing: 4 * LENGTH });
  });

  it('is a source that answers and never moves', () => {
    const still = samples(0, 20).reduce(
      (so, at) => watch(so, { ...healthy(3 * EVERY), at }, LIMITS).watched,
      beginWatched(0, EVERY),
    );
    expect(judged(still, LENGTH).verdict).toBe('inconclusive');
  });

  it('never passes, whichever samples fail', () => {
    const mostly = fc.nat({ max: 15 }).map((draw) => draw > 0);
    let passes = 0;
    fc.assert(
      fc.property(fc.array(mostly, { minLength: 21, maxLength: 60 }), (answered) => {
        const times = answered.flatMap((isThere, index) => (isThere ? [index * EVERY] : []));
        const now = (answered.length - 1) * EVERY;
        if (judged(watchedAt(times), now).verdict !== 'pass') return;
        passes += 1;
        expect(seenOf(times)).toBeGreaterThanOrEqual(0.95 * LENGTH);
      }),
      { numRuns: 300 },
    );
    expect(passes).toBeGreaterThan(10);
  });

  /** Milliseconds between samples that are at most two intervals apart, counted another way. */
  function seenOf(times: readonly number[]): number {
    return times.reduce((sum, at, index) => {
      const step = at - (times[index - 1] ?? at);
      return step <= 2 * EVERY ? sum + step : sum;
    }, 0);
  }
});

describe('what was watched, as plain JSON,', () => {
  it('is the same at every moment, so that another worker can go on', () => {
    const times = [...samples(0, 5), ...samples(11, 26)];
    let travelled = beginWatched(0, EVERY);
    for (const at of times) travelled = revived(watch(revived(travelled), healthy(at), LIMITS).watched);
    const stayed = watchedAt(times);
    expect(travelled).toEqual(revived(stayed));
    expect(judged(travelled, 26 * EVERY)).toEqual(judged(stayed, 26 * EVERY));
  });

  it('stays small enough for a heartbeat', () => {
    expect(JSON.stringify(watchedAt(samples(0, 9_000))).length).toBeLessThan(5_000);
  });

  function revived(watched: Watched): Watched {
    return JSON.parse(JSON.stringify(watched)) as Watched;
  }
});
