import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { observe } from '../../src/metrics/observation.ts';
import { openMetrics } from '../../src/metrics/openmetrics.ts';
import { prometheusApi, type PrometheusApi } from '../../src/metrics/prometheus-api.ts';
import { prometheusMetrics, type PrometheusMetricsOptions } from '../../src/metrics/prometheus.ts';
import { MetricError, type MetricSource, type Snapshot } from '../../src/metrics/source.ts';
import { beginWatched, observedUntil, watch } from '../../src/metrics/watched.ts';
import { startPrometheus, WITHOUT_PROMETHEUS, type Prometheus } from '../support/prometheus.ts';
import { openExposer, type Exposer, type PageOf } from './exposer.ts';
import { judged } from './road.ts';
import { LIMITS } from './samples.ts';
import { counted, type Shown } from './wires.ts';

const SECOND = 1000;
const PER_SCRAPE = 200;
const signal = new AbortController().signal;

/** Counters that grow with every scrape; the first shows some, so that nothing begins at zero. */
const growing: PageOf = (scrape) => ({ values: counted(PER_SCRAPE * (scrape + 5)) });

const targets = {
  sound: growing,
  'says since when': (scrape) => ({ ...valuesAt(scrape), created: 1_700_000_000.5 }),
  'is split by regions': (scrape) => ({
    values: ['eu', 'us'].flatMap((region) => labelled(counted(PER_SCRAPE * (scrape + 5)), { region })),
  }),
  'shows two tenants': (scrape) => ({
    values: [...counted(PER_SCRAPE * (scrape + 5)), ...counted(7 * (scrape + 1), { tenant: 'acme-two' })],
  }),
  'is scraped by two': growing,
  'is summed up by a rule': growing,
  'has an old time': (scrape) => ({ ...valuesAt(scrape), at: Date.now() - 600 * SECOND }),
  'has a time to come': (scrape) => ({ ...valuesAt(scrape), at: Date.now() + 300 * SECOND }),
  stops: growing,
  freezes: growing,
  'is renamed': growing,
  'begins again': growing,
  'is taken off the list': growing,
  'stays on the list': growing,
} satisfies Record<string, PageOf>;
type Name = keyof typeof targets;

function valuesAt(scrape: number) {
  return { values: counted(PER_SCRAPE * (scrape + 5)) };
}

function labelled(values: readonly Shown[], labels: Record<string, string>): Shown[] {
  return values.map((shown) => ({ ...shown, labels: { ...shown.labels, ...labels } }));
}

let home: Prometheus;
let api: PrometheusApi;
const exposers = new Map<Name, Exposer>();
const exposer = (name: Name): Exposer => {
  const found = exposers.get(name);
  if (found === undefined) throw new Error(`${name} is not open`);
  return found;
};

const LISTED: readonly Name[] = ['is taken off the list', 'stays on the list'];
const listed = (names: readonly Name[]) =>
  writeFile(join(home.home, 'listed.json'), JSON.stringify([{ targets: names.map((it) => exposer(it).instance) }]));

/** The targets of one name, each in a job of its own, as an operator would write it. */
function jobs(): object[] {
  const job = (job_name: string, name: Name) => ({
    job_name,
    static_configs: [{ targets: [exposer(name).instance], labels: { app: name } }],
  });
  return [
    ...[...exposers.keys()].filter((name) => !LISTED.includes(name)).map((name) => job(name, name)),
    job('another scrape', 'is scraped by two'),
    { job_name: 'listed', file_sd_configs: [{ files: ['listed.json'] }] },
  ];
}

const SUM = {
  record: 'golive_requests_total',
  expr: 'sum without (instance) (golive_requests_total{app="is summed up by a rule"})',
};

beforeAll(async () => {
  if (WITHOUT_PROMETHEUS !== undefined) return;
  for (const [name, page] of Object.entries(targets)) exposers.set(name as Name, await openExposer(page));
  home = await startPrometheus({ scrape: jobs(), rules: [SUM] });
  await listed(LISTED);
  api = prometheusApi({ url: home.url });
  await vi.waitUntil(() => [...exposers.values()].every(({ scrapes }) => scrapes.length >= 2), POLL);
}, 60_000);
afterAll(async () => {
  await home?.remove();
  await Promise.all([...exposers.values()].map((it) => it.close()));
});
beforeEach(({ skip }) => skip(WITHOUT_PROMETHEUS !== undefined, WITHOUT_PROMETHEUS));

const POLL = { timeout: 40_000, interval: 100 };

/** The source of one target, which believes no value that is older than two and a half scrapes. */
const sourceOf = (name: Name, options: Partial<PrometheusMetricsOptions> = {}): MetricSource =>
  prometheusMetrics({
    api,
    targets: { app: name },
    matchers: { tenant: 'acme' },
    staleAfter: 2500,
    ...options,
  });

async function problemOf(source: MetricSource): Promise<MetricError> {
  const error: unknown = await source.snapshot(signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MetricError);
  return error as MetricError;
}

/** What a window of ten seconds came to. */
interface Watching {
  readonly verdict: string;
  readonly requests: number;
  /** Milliseconds between the first and the last snapshot of the window that count for nothing. */
  readonly lost: number;
  readonly problems: readonly string[];
  readonly changes: readonly string[];
  readonly snapshots: readonly Snapshot[];
}

const LOOKS = { every: 400, eventAt: 3 * SECOND, until: 11.6 * SECOND };

/** Watches for ten seconds, and as long as a scrape and a look may be late; `meanwhile` happens after three. */
async function watching(source: MetricSource, meanwhile: () => unknown): Promise<Watching> {
  const from = Date.now();
  let watched = beginWatched(from, SECOND);
  let isToCome = true;
  const [problems, changes, snapshots] = [new Set<string>(), new Set<string>(), [] as Snapshot[]];
  for (let next = from; next <= from + LOOKS.until; next += LOOKS.every) {
    await delay(next - Date.now());
    if (isToCome && next >= from + LOOKS.eventAt) {
      isToCome = false;
      await meanwhile();
    }
    try {
      const snapshot = await source.snapshot(signal);
      snapshots.push(snapshot);
      for (const { kind } of observe(watched.piece, snapshot).changes) changes.add(kind);
      ({ watched } = watch(watched, snapshot, LIMITS));
    } catch (error) {
      if (!(error instanceof MetricError)) throw error;
      problems.add(error.message);
    }
  }
  const now = Date.now();
  const times = snapshots.map(({ at }) => Math.max(from, at));
  return {
    verdict: judged(watched, { length: 10 * SECOND, now }).verdict,
    requests: watched.piece.totals.requests,
    lost: Math.max(...times) - Math.min(...times) - observedUntil(watched, now),
    problems: [...problems],
    changes: [...changes],
    snapshots,
  };
}

/** Whether the counters of every snapshot are the same. */
const allSame = (snapshots: readonly Snapshot[]) =>
  new Set(snapshots.map(({ series }) => JSON.stringify(series))).size === 1;

describe('what a real Prometheus scraped', { timeout: 60_000 }, () => {
  it.concurrent.each(['sound', 'says since when'] as const)(
    'of a target that %s is what the target showed, all of it from one scrape, with its time',
    async (name) => {
      const { at, series } = await sourceOf(name).snapshot(signal);
      const [nearest] = exposer(name).scrapes.toSorted((one, other) => Math.abs(one.at - at) - Math.abs(other.at - at));
      const same = await openExposer(() => nearest?.page ?? 'gone');
      const direct = await openMetrics({ targets: [`http://${same.instance}/metrics`] }).snapshot(signal);
      await same.close();
      const bare = (all: Snapshot['series']) => all.map(({ target: _target, ...rest }) => rest);
      const byName = (all: Snapshot['series']) => bare(all).toSorted((one, other) => (one.name < other.name ? -1 : 1));
      expect(byName(series)).toEqual(byName(direct.series));
      expect(series.every((one) => 'created' in one === (name === 'says since when'))).toBe(true);
      expect(new Set(series.map(({ target }) => target))).toEqual(new Set([exposer(name).instance]));
    },
  );

  it.concurrent('lets a sound window pass, so that the other tests can fail', async () => {
    const { verdict, lost, problems, changes } = await watching(sourceOf('sound'), () => undefined);
    expect({ verdict, problems, changes }).toEqual({ verdict: 'pass', problems: [], changes: [] });
    expect(lost).toBeLessThan(1);
  });

  it.concurrent('is no answer once the target stops, although its last counters are still there', async () => {
    const { instance, close } = exposer('stops');
    const { verdict, problems } = await watching(sourceOf('stops'), close);
    expect(verdict).toBe('inconclusive');
    expect(problems).toEqual([`${instance}: its newest scrape failed`]);
    expect(await lastKnown('stops')).not.toEqual([]);
  });

  it.concurrent('is not believed when the target shows the same for ever, however often it is scraped', async () => {
    const frozen = exposer('freezes').scrapes.at(-1)?.page ?? 'gone';
    exposer('freezes').show(() => frozen);
    await delay(1500);
    const { verdict, snapshots, problems } = await watching(sourceOf('freezes'), () => undefined);
    expect(verdict).toBe('inconclusive');
    expect(problems).toEqual([]);
    expect(allSame(snapshots)).toBe(true);
    expect(new Set(snapshots.map(({ at }) => at)).size).toBeGreaterThan(5);
  });

  it.concurrent('stands still and then ends when the series get another name', async () => {
    const renamed: PageOf = (scrape) => ({
      values: valuesAt(scrape).values.map((shown) => ({ ...shown, name: shown.name.replace('golive', 'acme') })),
    });
    const watched = await watching(sourceOf('is renamed'), () => exposer('is renamed').show(renamed));
    expect(watched.verdict).toBe('inconclusive');
    expect(watched.problems).toEqual([
      `${exposer('is renamed').instance}: golive_requests_total has no series that matches`,
    ]);
  });

  it.concurrent('shows that the counters began again, and loses nothing that was counted since', async () => {
    const { scrapes, show } = exposer('begins again');
    const before = scrapes.length;
    const { changes, requests, lost } = await watching(sourceOf('begins again'), () => {
      const restarted = scrapes.length;
      show((scrape) => ({ values: counted(PER_SCRAPE * (scrape - restarted)) }));
    });
    expect(changes).toEqual(['reset']);
    // The time between the two scrapes has to be made up for.
    expect(lost).toBeGreaterThan(0.9 * SECOND);
    // A scrape before the restart may have fallen between two looks, and so may the newest.
    const all = PER_SCRAPE * (scrapes.length - before);
    expect(requests).toBeLessThanOrEqual(all);
    expect(requests).toBeGreaterThanOrEqual(all - 3 * PER_SCRAPE);
  });

  it.concurrent('of a target that is not on the list any more is missed, and those that are go on', async () => {
    const listedOnes = { targets: { job: 'listed' } };
    const there = await sourceOf('stays on the list', listedOnes).snapshot(signal);
    expect(new Set(there.series.map(({ target }) => target)).size).toBe(2);
    const instances = LISTED.map((name) => exposer(name).instance);
    await listed(['stays on the list']);
    const unlisted = sourceOf('stays on the list', listedOnes);
    const expected = sourceOf('stays on the list', { ...listedOnes, instances });
    const targetsOf = async () => {
      const { series } = await unlisted.snapshot(signal);
      return new Set(series.map(({ target }) => target)).size;
    };
    await vi.waitFor(async () => expect(await targetsOf()).toBe(1), POLL);
    expect((await problemOf(expected)).message).toBe(`${instances[0]}: is not scraped`);
    const step = observe(
      observe(beginWatched(there.at, SECOND).piece, there).observation,
      await unlisted.snapshot(signal),
    );
    expect(new Set(step.changes.map(({ kind }) => kind))).toEqual(new Set(['vanished']));
    expect(step.observation.coverage.observed).toBe(0);
  });

  it.concurrent('is added up only over labels that somebody named', async () => {
    const { message } = await problemOf(sourceOf('is split by regions'));
    expect(message).toContain('series differ by the label region');
    const { series } = await sourceOf('is split by regions', { sumWithout: ['region'] }).snapshot(signal);
    expect(series).toHaveLength(8);
  });

  it.concurrent('of another tenant is never ours', async () => {
    const { series } = await sourceOf('shows two tenants').snapshot(signal);
    expect(series.map(({ name }) => name).filter((name) => name.includes('acme-two'))).toEqual([]);
    expect(series).toHaveLength(4);
    const anybody = sourceOf('shows two tenants', { matchers: {} });
    expect((await problemOf(anybody)).message).toContain('series differ by the label tenant');
    const nobody = sourceOf('shows two tenants', { matchers: { tenant: 'acm.' } });
    expect((await problemOf(nobody)).message).toContain('golive_requests_total has no series that matches');
  });

  it.concurrent.each([
    ['is scraped by two', 'is scraped twice, which would count everything twice'],
    ['is summed up by a rule', 'does not say which target it comes from'],
    ['has an old time', 'golive_requests_total has no series that matches'],
    ['has a time to come', 'golive_requests_total has no series that matches'],
  ] as const)('is refused of a target that %s', async (name, message) => {
    expect((await problemOf(sourceOf(name))).message).toContain(message);
  });

  it.concurrent('has a time that an instant vector would not tell', async () => {
    const { at } = await sourceOf('sound').snapshot(signal);
    const later = (at + 700) / SECOND;
    const query = { query: 'golive_requests_total{app="sound"}', time: String(later) };
    const { result } = await api.ask({ path: 'query', query, data: vector });
    expect(result.map(({ value: [seconds] }) => seconds)).toEqual([later, later, later]);
  });
});

describe('a real Prometheus', { timeout: 60_000 }, () => {
  it('that stops is no answer, and back without its scrapes it has nothing but its past', async () => {
    const target = await openExposer(growing);
    const scrape = [{ job_name: 'short', static_configs: [{ targets: [target.instance], labels: { app: 'short' } }] }];
    const first = await startPrometheus({ scrape });
    const short = (url: string) =>
      prometheusMetrics({ api: prometheusApi({ url }), targets: { app: 'short' }, staleAfter: 2500 });
    const answers = () =>
      short(first.url)
        .snapshot(signal)
        .then(
          () => true,
          () => false,
        );
    await vi.waitUntil(answers, POLL);
    await first.stop();
    expect(await problemOf(short(first.url))).toMatchObject({ problem: 'no-answer' });

    const second = await startPrometheus({ scrape: [], home: first.home });
    const why = async () => (await problemOf(short(second.url))).message;
    await vi.waitFor(async () => expect(await why()).toBe(`${new URL(second.url).host}: no target is scraped`), POLL);
    // What a dashboard would still show as the present.
    expect(await lastKnown('short', prometheusApi({ url: second.url }))).not.toEqual([]);
    await second.remove();
    await target.close();
  });
});

const vector = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })),
});

/** What the server knows of a target from the last minute, whether it is true any more or not. */
async function lastKnown(name: string, server = api): Promise<readonly unknown[]> {
  const query = { query: `last_over_time(golive_requests_total{app="${name}"}[1m])` };
  return (await server.ask({ path: 'query', query, data: vector })).result;
}
