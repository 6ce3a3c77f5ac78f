import { beforeEach, describe, expect, it } from 'vitest';
import { planSchema } from '../../src/domain/plan-schema.ts';
import { operatorConfigSchema } from '../../src/domain/profile-schema.ts';
import { openMetrics } from '../../src/metrics/openmetrics.ts';
import { MetricError } from '../../src/metrics/source.ts';
import { beginWatched, type Watched } from '../../src/metrics/watched.ts';
import { FAIL_OPEN, named, type WaysOn } from '../support/fail-open.ts';
import { planWith } from '../support/plans.ts';
import { EVERY, FROM, judgedAt, lookAt, timeOf, type SceneAt } from './road.ts';
import { counted, WIRES, type Scene, type Shown, type Wire } from './wires.ts';

const LAST = 30;
/** Requests that each target counts between two looks. */
const PACE = 500;

const both = (index: number, values: readonly Shown[]): Scene => ({
  targets: { a: { at: timeOf(index), values }, b: { at: timeOf(index), values } },
});
const well: SceneAt = (index) => both(index, counted(PACE * index));
const from =
  (first: number, then: SceneAt, before: SceneAt = well): SceneAt =>
  (index) =>
    index < first ? before(index) : then(index);
const changed =
  (change: (shown: Shown) => Shown | undefined): SceneAt =>
  (index) =>
    both(
      index,
      counted(PACE * index).flatMap((shown) => change(shown) ?? []),
    );
const withoutSeries = (pattern: RegExp) =>
  changed((shown) => (pattern.test(`${shown.name}{${Object.values(shown.labels).join()}}`) ? undefined : shown));
const allAre = (value: string) => changed((shown) => ({ ...shown, value }));

async function judged(wire: Wire, sceneAt: SceneAt, last = LAST) {
  return judgedAt(await lookAt(wire, sceneAt, { last }), last);
}
const verdict = async (wire: Wire, sceneAt: SceneAt, last = LAST) => (await judged(wire, sceneAt, last)).verdict;
const refusesPlan = (path: string, value: unknown) => !planSchema.safeParse(planWith(path, value)).success;

/** What a heartbeat carries from a worker that dies to the one that goes on. */
const carried = (watched: Watched): Watched => JSON.parse(JSON.stringify(watched)) as Watched;

type Test = (wire: Wire) => Promise<void>;

const TESTS: Record<WaysOn<'metrics'>, Test> = {
  'stopped-before-the-first-sample': async () => {
    const unseen = beginWatched(FROM, EVERY);
    for (const elapsed of [0, 1, LAST]) expect(judgedAt(unseen, elapsed, LAST).verdict).toBe('inconclusive');
  },

  'no-condition': async (wire) => {
    const limits = ['errorShare', 'allowShare', 'allowShare.min', 'allowShare.max', 'latencyMs', 'latencyMs.p99'];
    const unlimited = ['limits', ...limits.map((limit) => `limits.${limit}`)].filter(
      (path) => !refusesPlan(path, undefined) || !refusesPlan(path, null) || !refusesPlan(path, NaN),
    );
    expect(unlimited).toEqual([]);
    // A share of everything or of nothing would be no condition either.
    for (const [min, max] of [
      [0, 0.97],
      [0.85, 1],
    ]) {
      expect(refusesPlan('limits.allowShare', { min, max })).toBe(true);
    }
    expect(await verdict(wire, allAre('NaN'))).toBe('inconclusive');
  },

  'one-good-sample-in-five': async (wire) => {
    const rarely: SceneAt = (index) => (index % 5 === 0 ? well(index) : 'no answer');
    expect(await verdict(wire, rarely)).toBe('inconclusive');
    expect(judgedAt(await lookAt(wire, rarely, { last: 4 * LAST }), 4 * LAST, LAST).verdict).toBe('inconclusive');
  },

  'no-metrics': async (wire) => {
    expect(() => openMetrics({ targets: [] })).toThrow(RangeError);
    const metricsOf = (metrics: unknown) =>
      operatorConfigSchema(() => 'a-secret').safeParse({ profiles: { p: { metrics } } });
    const kinds = [
      undefined,
      [],
      {},
      { kind: 'openmetrics', targets: [] },
      { kind: 'prometheus', url: 'http://p', targets: {} },
    ];
    for (const metrics of kinds) {
      const paths = metricsOf(metrics).error?.issues.map(({ path }) => path.slice(0, 3).join('.'));
      expect(paths).toContain('profiles.p.metrics');
    }
    expect(refusesPlan('limits', {})).toBe(true);
    expect(await verdict(wire, (index) => both(index, []))).toBe('inconclusive');
  },

  'nan-of-another-provider': async (wire) => {
    for (const place of counted(0).keys()) {
      wire.show(
        both(
          1,
          counted(PACE).map((shown, index) => (index === place ? { ...shown, value: 'NaN' } : shown)),
        ),
        timeOf(1),
      );
      await expect(wire.source.snapshot(new AbortController().signal)).rejects.toThrow(MetricError);
    }
    expect(await verdict(wire, allAre('NaN'))).toBe('inconclusive');
  },

  'nan-replaced': async (wire) => {
    expect(await verdict(wire, allAre('0'))).toBe('inconclusive');
    expect(await verdict(wire, from(10, allAre('0')))).toBe('inconclusive');
    expect(
      await verdict(
        wire,
        from(10, (index) => both(index, counted(PACE * 10))),
      ),
    ).toBe('inconclusive');
  },

  'metric-missing': async (wire) => {
    for (const series of [/requests_total/, /_bucket/, /_bucket\{acme,0\.4\}/, /_bucket\{acme,\+Inf\}/, /_count/]) {
      expect([series, await verdict(wire, withoutSeries(series))]).toEqual([series, 'inconclusive']);
    }
    // A series that was there and is gone is missed at every look, also when the others are enough for a verdict.
    expect(await verdict(wire, from(10, withoutSeries(/fail_closed/)))).toBe('inconclusive');
    const halfOfThem: SceneAt = (index) => ({
      targets: { a: { at: timeOf(index), values: counted(PACE * index) }, b: { at: timeOf(index), values: [] } },
    });
    expect(await verdict(wire, halfOfThem)).toBe('inconclusive');
  },

  'no-data-points': async (wire) => {
    const { reasons } = await judged(wire, () => 'no answer');
    expect(reasons).toContain('there was no traffic');
    expect(await verdict(wire, (index) => both(index, []))).toBe('inconclusive');
  },

  'interval-too-long': async (wire) => {
    expect(refusesPlan('rollout.sampleEvery', '10m')).toBe(true);
    expect(refusesPlan('rollout.sampleEvery', '24h')).toBe(true);
    const onlyTheFirst = await lookAt(wire, well, { last: 0 });
    expect(judgedAt(onlyTheFirst, LAST).verdict).toBe('inconclusive');
  },

  'first-deployment': async (wire) => {
    expect(refusesPlan('policy.previous', undefined)).toBe(true);
    expect(refusesPlan('policy.previous', {})).toBe(true);
    // One look has nothing to be compared with, and the first window is held against the same limits as any other.
    expect(
      await verdict(
        wire,
        from(1, () => 'no answer'),
      ),
    ).toBe('inconclusive');
    const failing: SceneAt = (index) => both(index, counted(PACE * index, { failed: 20 * index }));
    expect(await verdict(wire, failing)).toBe('fail');
  },

  'failures-forgotten': async (wire) => {
    const [crash, pace] = [15, 50];
    // 1.2 % of the requests before the crash fail, and none after it.
    const sceneAt: SceneAt = (index) =>
      both(index, counted(pace * index, { failed: Math.round(0.6 * Math.min(index, crash)) }));
    const before = await lookAt(wire, sceneAt, { last: crash });
    expect(judgedAt(before, crash).verdict).toBe('inconclusive');
    const forgetful = await lookAt(wire, sceneAt, {
      first: crash,
      last: LAST,
      watched: beginWatched(timeOf(crash), EVERY),
    });
    expect(judgedAt(forgetful, LAST, LAST - crash).verdict).toBe('pass');
    const resumed = await lookAt(wire, sceneAt, { first: crash + 1, last: LAST, watched: carried(before) });
    expect(judgedAt(resumed, LAST).verdict).toBe('inconclusive');
    expect(resumed.piece.totals.errors).toBe(18);
  },

  'both-empty': async (wire) => {
    const nothing: SceneAt = (index) => both(index, counted(0));
    expect((await judged(wire, nothing)).reasons).toContain('there was no traffic');
    expect(await verdict(wire, (index) => both(index, []))).toBe('inconclusive');
  },

  'recovered-between-looks': async (wire) => {
    // Between two looks 300 requests fail, twice what the window may have; at every look the platform is well.
    const burst: SceneAt = (index) => both(index, counted(PACE * index, { failed: index > 10 ? 150 : 0 }));
    const { verdict: found, breach } = await judged(wire, burst);
    expect(found).toBe('fail');
    expect(breach).toMatchObject({ limit: 'error-share', observed: 300 / 30_300 });
  },

  'verified-without-data': async (wire) => {
    for (const perLook of [0, 1, 15]) {
      const { verdict: found, missing } = await judged(wire, (index) => both(index, counted(perLook * index)));
      expect(found).toBe('inconclusive');
      expect(missing).toBeGreaterThan(0);
    }
  },
};

describe.each(Object.entries(WIRES))('read by way of %s,', (_kind, { open }) => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await open();
  });

  it('a sound window passes, so that these tests can fail', async () => {
    expect(await verdict(wire, well)).toBe('pass');
  });

  it.each(named<Test>(TESTS))('%s – not here', async (_way, test) => {
    expect.hasAssertions();
    await test(wire);
  });
});

it('twenty-three ways are known', () => {
  expect(Object.keys(FAIL_OPEN)).toHaveLength(23);
});
