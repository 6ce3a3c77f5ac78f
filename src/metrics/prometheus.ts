import type { Exposition } from './exposition.ts';
import { DEFAULT_NAMES, sampleNames, type Matchers, type Selection } from './families.ts';
import { newestSamples, type TimedSample } from './newest-samples.ts';
import type { PrometheusApi } from './prometheus-api.ts';
import { snapshotOf, type Exposed } from './snapshots.ts';
import { MetricError, type MetricSource } from './source.ts';

/** Whose scrapes are read, and which series are ours there. */
export interface PrometheusMetricsOptions extends Partial<Selection> {
  readonly api: PrometheusApi;
  /** Labels that pick the targets: those of a target itself, which its `up` has too. */
  readonly targets: Matchers;
  /** The `instance` of every target there must be; any other is then a surprise. Left out: those that Prometheus scrapes. */
  readonly instances?: readonly string[] | undefined;
  /** Milliseconds that the newest value of a series may be old: more than the time between two scrapes. */
  readonly staleAfter?: number;
  readonly now?: () => number;
}

const UP = 'up';
const INSTANCE = 'instance';
const DEFAULT_STALE_AFTER = 30_000;

/**
 * Reads what a Prometheus server scraped of every target: raw counters, never a rate of them. Each target must be up, as of
 * its newest scrape, and expose every family itself, so a sum that somebody recorded is refused like a target that vanished.
 * @throws {RangeError} when nothing picks the targets.
 */
export function prometheusMetrics(options: PrometheusMetricsOptions): MetricSource {
  const { api, targets, names = DEFAULT_NAMES, matchers = {}, sumWithout = [] } = options;
  const { instances, staleAfter = DEFAULT_STALE_AFTER, now = Date.now } = options;
  if (Object.keys(targets).length === 0) throw new RangeError('needs labels that pick the targets');
  const asked = {
    names: [UP, ...sampleNames(names)],
    exactly: targets,
    // A scrape's `up` lacks the labels that the target gives its series.
    atMost: matchers,
    notOlderThan: staleAfter,
  };
  return {
    async snapshot(signal) {
      const startedAt = now();
      const samples = await newestSamples(api, asked, signal);
      const ups = samples.filter(({ name }) => name === UP);
      assertScraped(ups, instances, api.address);
      const series = samples.filter(({ name }) => name !== UP);
      return snapshotOf(byTarget(ups, series, matchers), { names, matchers, sumWithout }, { startedAt, staleAfter });
    },
  };
}

/** Every target that there must be was scraped, once, and its newest scrape worked. */
function assertScraped(ups: readonly TimedSample[], expected: readonly string[] | undefined, where: string): void {
  const scraped = ups.map(instanceOf);
  const missing = expected === undefined ? [] : expected.filter((instance) => !scraped.includes(instance));
  for (const instance of missing) throw new MetricError('no-answer', instance, 'is not scraped');
  if (scraped.length === 0) throw new MetricError('no-answer', where, 'no target is scraped');
  const known = new Set<string>();
  for (const up of ups) {
    const instance = instanceOf(up);
    if (expected !== undefined && !expected.includes(instance)) throw surprise(instance, 'nobody expects this target');
    if (known.has(instance)) throw surprise(instance, 'is scraped twice, which would count everything twice');
    known.add(instance);
    if (up.value !== 1) throw new MetricError('no-answer', instance, 'its newest scrape failed');
  }
}

/** What each target exposes, as it would look there: without the labels that the scrape gave it, unless they are matched. */
function byTarget(ups: readonly TimedSample[], series: readonly TimedSample[], matchers: Matchers): Exposed[] {
  const exposed = new Map(ups.map((up) => [instanceOf(up), { up, samples: [] as TimedSample[] }]));
  for (const sample of series) {
    const instance = instanceOf(sample);
    const target = exposed.get(instance);
    if (target === undefined) throw surprise(instance, 'no scrape stands behind its series');
    target.samples.push(withoutLabelsOf(target.up, sample, matchers));
  }
  return [...exposed].map(([target, { samples }]) => ({ target, exposition: asExposed(samples) }));
}

function withoutLabelsOf(up: TimedSample, sample: TimedSample, matchers: Matchers): TimedSample {
  const labels = new Map(sample.labels);
  for (const [label, value] of up.labels) {
    if (labels.get(label) !== value) throw surprise(instanceOf(up), `its series have another ${label} than its scrape`);
    if (!(label in matchers)) labels.delete(label);
  }
  return { ...sample, labels };
}

/** Prometheus does not store the types of metrics with their samples. */
function asExposed(samples: readonly TimedSample[]): Exposition {
  return { types: new Map(), samples };
}

function instanceOf({ name, labels }: TimedSample): string {
  const instance = labels.get(INSTANCE);
  if (instance === undefined) throw surprise(name, 'a series does not say which target it comes from');
  return instance;
}

function surprise(target: string, what: string): MetricError {
  return new MetricError('surprising-shape', target, what);
}
