import { describe, expect, it } from 'vitest';
import { alphaOfWindow } from '../../src/metrics/budget.ts';
import { addToNewestHour, beginNewestHour, type NewestHour } from '../../src/metrics/newest-hour.ts';
import { breachOf } from '../../src/metrics/verdict.ts';
import { beginWatched, breachIn, watch } from '../../src/metrics/watched.ts';
import { NOTHING } from '../../src/metrics/window.ts';
import { durations, healthy, LIMITS, requests, snapshot } from './samples.ts';

const EVERY = 10_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ALPHA = alphaOfWindow(11);

describe('the newest hour', () => {
  it('looks back at least half an hour and less than an hour, once the window is that old', () => {
    let newest = beginNewestHour(0);
    for (let at = EVERY; at <= 5 * HOUR; at += EVERY) {
      newest = addToNewestHour(newest, healthy(10), at);
      const age = at - newest.older.from;
      expect(age).toBeGreaterThanOrEqual(Math.min(at, HOUR / 2));
      expect(age).toBeLessThan(HOUR);
      expect(newest.older.totals.requests).toBe((10 * age) / EVERY);
    }
    expect(newest.ordinal).toBe(10);
  });

  it('is the window itself for its first hour', () => {
    let newest = beginNewestHour(0);
    for (let at = EVERY; at < HOUR; at += EVERY) newest = addToNewestHour(newest, healthy(10), at);
    expect(newest).toMatchObject({ ordinal: 1, older: { from: 0, totals: { requests: 3590 } } });
  });

  it('takes what a gap hid into the stretches that were open', () => {
    const before = addToNewestHour(beginNewestHour(0), healthy(10), HOUR / 2);
    const after = addToNewestHour(before, healthy(1000), 9 * HOUR);
    expect(after).toMatchObject({ ordinal: 2, older: { from: HOUR / 2, totals: { requests: 1000 } } });
    expect(after.newer).toEqual({ from: 9 * HOUR, totals: NOTHING });
  });

  it('survives the journey to another worker, and stays small for however long', () => {
    let newest: NewestHour = beginNewestHour(0);
    for (let at = EVERY; at <= 48 * HOUR; at += EVERY) newest = addToNewestHour(newest, healthy(1000), at);
    expect(JSON.parse(JSON.stringify(newest))).toEqual(newest);
    expect(JSON.stringify(newest).length).toBeLessThan(600);
  });
});

describe('trouble after twenty good hours, at a hundred requests a second,', () => {
  /** Just before the older stretch ends: it has 59 good minutes in it. */
  const ONSET = 20 * HOUR + 29 * MINUTE;

  /** When it was noticed, in milliseconds from the onset; `failing` is the share of errors then. */
  function noticedAfter(failing: (since: number) => number, lasting = 4 * HOUR): number | undefined {
    let [watched, failed] = [beginWatched(0, EVERY), 0];
    for (let at = 0; at <= ONSET + lasting; at += EVERY) {
      failed += 1000 * (at > ONSET ? failing(at - ONSET) : 0.001);
      ({ watched } = watch(watched, counters(at, Math.round(failed)), LIMITS));
      if (breachIn(watched, LIMITS, ALPHA) !== undefined) return at - ONSET;
    }
    // The window as a whole shows nothing of it.
    expect(breachOf(watched.piece.totals, LIMITS, ALPHA)).toBeUndefined();
    return undefined;
  }

  function counters(at: number, failed: number) {
    const count = at / 10;
    const allowed = Math.round(0.91 * count);
    return snapshot(
      at,
      requests(allowed),
      requests(count - allowed - failed, 'deny'),
      requests(failed, 'deny', 'error'),
      durations([count, count, count], count),
    );
  }

  it('is noticed within ten minutes when one request in twenty fails', () => {
    expect(noticedAfter(() => 0.05)).toBeLessThanOrEqual(10 * MINUTE);
  });

  it('is noticed in a bad minute in which three requests in ten fail', () => {
    expect(noticedAfter((since) => (since <= MINUTE ? 0.3 : 0.001))).toBeLessThanOrEqual(MINUTE);
  });

  it('is noticed as a slow drift before the errors have reached twice their limit by much', () => {
    const drift = (since: number) => 0.001 + (0.019 * since) / (4 * HOUR);
    expect(drift(noticedAfter(drift) ?? Infinity)).toBeLessThanOrEqual(0.011);
  });

  it('is no trouble while it stays within what the plan allows of any half hour', () => {
    expect(noticedAfter((since) => (since <= MINUTE ? 0.05 : 0.001), HOUR)).toBeUndefined();
  });
});
