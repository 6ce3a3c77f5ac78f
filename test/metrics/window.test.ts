import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBuckets, quantileAtMost, slowerThan } from '../../src/metrics/buckets.ts';
import { coverageUntil } from '../../src/metrics/coverage.ts';
import { beginObservation, observe } from '../../src/metrics/observation.ts';
import type { Series, Snapshot } from '../../src/metrics/source.ts';
import { addTotals, difference, isPlausible, NOTHING, observedPercent } from '../../src/metrics/window.ts';
import { durations, EDGES, requests, snapshot } from './samples.ts';

describe('the difference of two snapshots', () => {
  it('is what each series counted in between, sorted by decision and outcome', () => {
    const before = snapshot(
      0,
      requests(10),
      requests(5, 'deny'),
      requests(1, 'deny', 'fail_closed'),
      requests(2, 'allow', 'error'),
    );
    const after = snapshot(
      1,
      requests(30),
      requests(6, 'deny'),
      requests(4, 'deny', 'fail_closed'),
      requests(3, 'allow', 'error'),
    );
    expect(difference(before, after)).toMatchObject({
      totals: { requests: 25, allowed: 20, denied: 1, escalated: 0, errors: 4, failClosed: 3 },
      changes: [],
    });
  });

  it('does not exist when the second snapshot is not newer', () => {
    expect(difference(snapshot(1, requests(1)), snapshot(1, requests(2)))).toBeUndefined();
    expect(difference(snapshot(1, requests(1)), snapshot(0, requests(2)))).toBeUndefined();
    expect(difference(snapshot(1, requests(1)), snapshot(NaN, requests(2)))).toBeUndefined();
  });

  it('counts a reset from zero, and says so', () => {
    expect(difference(snapshot(0, requests(100)), snapshot(1, requests(7)))).toMatchObject({
      totals: { requests: 7 },
      changes: [{ kind: 'reset', target: 'edge' }],
    });
  });

  it('sees a reset that outgrew its past by the time the series was created', () => {
    const before = snapshot(0, { ...requests(5), created: 1 });
    const after = snapshot(9, { ...requests(8), created: 2 });
    expect(difference(before, after)).toMatchObject({ totals: { requests: 8 }, changes: [{ kind: 'reset' }] });
  });

  it('sees the same of a histogram that outgrew its past', () => {
    const before = snapshot(0, { ...durations([5, 5, 5], 5), created: 1 });
    const after = snapshot(9, { ...durations([8, 8, 8], 8), created: 2 });
    expect(difference(before, after)).toMatchObject({
      totals: { latency: { counts: [8, 8, 8], count: 8 } },
      changes: [{ kind: 'reset' }],
    });
  });

  it('takes no series for a new one because it begins, or ceases, to say when it was created', () => {
    const silent = requests(1_000_000);
    const telling = { ...requests(1_000_005), created: 1 };
    for (const [first, second] of [
      [silent, telling],
      [{ ...silent, created: 1 }, requests(1_000_005)],
    ] as const) {
      expect(difference(snapshot(0, first), snapshot(1, second))).toMatchObject({
        totals: { requests: 5 },
        changes: [],
      });
    }
  });

  it('counts nothing of a series that is older than the look before and was not there: two answer at one address', () => {
    const minute = 60_000;
    const one = (count: number) => ({ ...requests(count), created: minute });
    const other = (count: number) => ({ ...requests(count), created: 2 * minute });
    const there = difference(snapshot(10 * minute, one(500)), snapshot(11 * minute, other(90_000)));
    expect(there).toMatchObject({ totals: { requests: 0 }, changes: [{ kind: 'reset' }] });
    const back = difference(there?.baseline ?? snapshot(0), snapshot(12 * minute, one(510)));
    expect(back).toMatchObject({ totals: { requests: 0 }, changes: [{ kind: 'reset' }] });
  });

  it('counts the resets of several series each for itself', () => {
    const before = snapshot(0, requests(100), requests(50, 'deny'), durations([90, 150, 150], 150));
    const after = snapshot(1, requests(7), requests(53, 'deny'), durations([6, 10, 10], 10));
    expect(difference(before, after)).toMatchObject({
      totals: { requests: 10, allowed: 7, denied: 3, latency: { counts: [6, 10, 10], count: 10 } },
      changes: [
        { kind: 'reset', name: 'requests{allow,ok}' },
        { kind: 'reset', name: 'duration{}' },
      ],
    });
  });

  it('sees the reset of a histogram in any of its buckets', () => {
    const before = snapshot(0, durations([5, 5, 9], 10));
    expect(difference(before, snapshot(1, durations([6, 11, 11], 11)))).toMatchObject({
      totals: { latency: { counts: [6, 11, 11], count: 11 } },
      changes: [{ kind: 'reset' }],
    });
  });

  it('counts a series that appears at a known target from zero, and one of a new target not yet', () => {
    const { totals, changes } = difference(
      snapshot(0, requests(10)),
      snapshot(1, requests(10), requests(3, 'deny', 'error'), requests(1_000_000, 'allow', 'ok', 'other')),
    ) ?? { totals: NOTHING, changes: [] };
    expect(totals).toMatchObject({ requests: 3, errors: 3 });
    expect(changes.map(({ kind }) => kind)).toEqual(['appeared', 'joined']);
  });

  it('counts nothing twice when a series vanishes and comes back', () => {
    const first = difference(snapshot(0, requests(100), requests(7, 'deny')), snapshot(1, requests(100)));
    expect(first?.changes).toMatchObject([{ kind: 'vanished', name: 'requests{deny,ok}' }]);
    const second = difference(first?.baseline ?? snapshot(1), snapshot(2, requests(100)));
    expect(second?.changes).toEqual(first?.changes);
    const third = difference(second?.baseline ?? snapshot(2), snapshot(3, requests(100), requests(9, 'deny')));
    expect(third).toMatchObject({ totals: { requests: 2, denied: 2 }, changes: [] });
  });

  it('waits no longer for a series of a target that began again', () => {
    const first = difference(snapshot(0, requests(100), requests(7, 'deny')), snapshot(1, requests(3)));
    expect(first?.changes.map(({ kind }) => kind)).toEqual(['reset', 'vanished']);
    const second = difference(first?.baseline ?? snapshot(1), snapshot(2, requests(4)));
    expect(second).toMatchObject({ totals: { requests: 1 }, changes: [] });
    const third = difference(second?.baseline ?? snapshot(2), snapshot(3, requests(4), requests(9, 'deny')));
    expect(third).toMatchObject({ totals: { requests: 9, denied: 9 }, changes: [{ kind: 'appeared' }] });
  });

  it('says once of a target that it is gone, and counts what it missed when it is back', () => {
    const both = snapshot(0, requests(10), requests(10, 'allow', 'ok', 'other'));
    const first = difference(both, snapshot(1, requests(11)));
    expect(first?.changes).toMatchObject([{ kind: 'vanished', target: 'other' }]);
    const second = difference(first?.baseline ?? both, snapshot(2, requests(12)));
    expect(second?.changes).toEqual([]);
    const third = difference(second?.baseline ?? both, snapshot(3, requests(12), requests(15, 'allow', 'ok', 'other')));
    expect(third).toMatchObject({ totals: { requests: 5 }, changes: [] });
  });

  it('does not compare histograms with other edges', () => {
    const after = snapshot(1, durations([90, 90], 90, [0.06, 0.2]));
    expect(difference(snapshot(0, durations([1, 1, 1], 1)), after)).toMatchObject({
      totals: { latency: { count: 0 } },
      changes: [{ kind: 'reshaped' }],
    });
  });

  it('tells the share that the router really sent', () => {
    const routed = (path: 'intended' | 'bypass', count: number): Series => ({
      kind: 'routed',
      target: 'edge',
      name: path,
      path,
      count,
    });
    const step = difference(
      snapshot(0, routed('intended', 1), routed('bypass', 1)),
      snapshot(1, routed('intended', 6), routed('bypass', 96)),
    );
    expect(observedPercent(step?.totals ?? NOTHING)).toBe(5);
    expect(observedPercent(NOTHING)).toBeUndefined();
  });

  const count = fc.nat({ max: 1000 });
  const state = fc.tuple(fc.option(count), fc.option(count), fc.option(fc.tuple(count, count, count, count)));
  const snapshots = fc.array(state, { minLength: 2, maxLength: 12 }).map((states) => states.map(toSnapshot));

  it('is never negative, whatever the counters do', () => {
    fc.assert(
      fc.property(snapshots, (all) => {
        let observation = beginObservation(0, 1);
        for (const each of all) observation = observe(observation, each).observation;
        expect(isPlausible(observation.totals)).toBe(true);
      }),
    );
  });

  it('adds up: many steps of rising counters are one long one', () => {
    const rising = fc.array(fc.tuple(count, count), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(rising, (increments) => {
        let [allowed, denied] = [3, 4];
        const all = increments.map(([more, less], index) => {
          allowed += more;
          denied += less;
          return snapshot(
            index,
            requests(allowed),
            requests(denied, 'deny'),
            durations([allowed, allowed, allowed], allowed),
          );
        });
        let observation = beginObservation(0, 1);
        for (const each of all) observation = observe(observation, each).observation;
        const [first, last] = [all[0], all.at(-1)];
        expect(first && last && difference(first, last)?.totals).toEqual(observation.totals);
      }),
    );
  });
});

function toSnapshot(
  [allow, deny, own]: [number | null, number | null, [number, number, number, number] | null],
  at: number,
): Snapshot {
  const series: Series[] = [];
  if (allow !== null) series.push(requests(allow));
  if (deny !== null) series.push(requests(deny, 'deny', 'fail_closed'));
  if (own !== null) {
    const [a, b, c, d] = own;
    series.push(durations([a, a + b, a + b + c], a + b + c + d));
  }
  return snapshot(at, ...series);
}

describe('an observation', () => {
  it('begins to count at its first snapshot, and ignores one that is not newer', () => {
    const first = observe(beginObservation(0, 10), snapshot(5, requests(1000)));
    expect(first.newest).toBeUndefined();
    expect(first.observation.totals).toEqual(NOTHING);
    const frozen = observe(first.observation, snapshot(5, requests(2000)));
    expect(frozen.observation).toBe(first.observation);
    expect(frozen.newest).toBeUndefined();
  });

  it('does not count from a snapshot that is much older than the window', () => {
    const stale = observe(beginObservation(100, 10), snapshot(79, requests(0)));
    expect(stale.observation).toEqual(beginObservation(100, 10));
    const justBefore = observe(beginObservation(100, 10), snapshot(80, requests(0)));
    expect(justBefore.observation.baseline).toEqual(snapshot(80, requests(0)));
  });

  it('does not count the time in which one of its targets stands still while the others go on', () => {
    const seenAfter = (samples: number, other: (index: number) => number) => {
      let observation = beginObservation(0, 10);
      for (let index = 0; index <= samples; index += 1) {
        const at = snapshot(10 * index, requests(20 * index), requests(other(index), 'allow', 'ok', 'other'));
        observation = observe(observation, at).observation;
      }
      return coverageUntil(observation.coverage, 10 * samples).share;
    };
    expect(seenAfter(40, (index) => 2 * index)).toBe(1);
    expect(seenAfter(40, (index) => Math.floor(index / 4))).toBe(1);
    // Its last request was counted at the tenth of forty samples; the two after it are not enough to be sure.
    expect(seenAfter(40, (index) => Math.min(index, 10))).toBe(12 / 40);
    expect(seenAfter(40, () => 7)).toBe(2 / 40);
  });

  it('goes on from its JSON as if nothing had happened', () => {
    let observation = beginObservation(0, 10);
    observation = observe(observation, snapshot(0, requests(1), durations([1, 1, 1], 1))).observation;
    observation = observe(observation, snapshot(10, requests(9), durations([8, 9, 9], 9))).observation;
    const resumed: unknown = JSON.parse(JSON.stringify(observation));
    expect(resumed).toEqual(observation);
  });
});

describe('a histogram', () => {
  const buckets = { edges: EDGES, counts: [50, 94, 98], count: 100 };

  it('knows how many were slower only where a bucket ends exactly', () => {
    expect(slowerThan(buckets, 150 / 1000)).toBe(6);
    expect(slowerThan(buckets, 0.1 + 0.05)).toBe(6);
    expect(slowerThan(buckets, 0.151)).toBeUndefined();
  });

  it('shows quantiles as the upper edge of their bucket, and none beyond the last edge', () => {
    expect(quantileAtMost(buckets, 0.5)).toBe(0.06);
    expect(quantileAtMost(buckets, 0.95)).toBe(0.4);
    expect(quantileAtMost(buckets, 0.99)).toBeUndefined();
    expect(quantileAtMost(NOTHING.latency, 0.5)).toBeUndefined();
  });

  it('is added to another on the edges that both have', () => {
    expect(addBuckets(buckets, { edges: [0.06, 0.2, 0.4], counts: [1, 2, 3], count: 4 })).toEqual({
      edges: [0.06, 0.4],
      counts: [51, 101],
      count: 104,
    });
  });

  it('adds up in any order', () => {
    const sum = addTotals({ ...NOTHING, latency: buckets }, NOTHING);
    expect(sum).toEqual(addTotals(NOTHING, { ...NOTHING, latency: buckets }));
  });
});
