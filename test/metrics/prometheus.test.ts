import { describe, expect, it } from 'vitest';
import { prometheusApi } from '../../src/metrics/prometheus-api.ts';
import { prometheusMetrics, type PrometheusMetricsOptions } from '../../src/metrics/prometheus.ts';
import { MetricError } from '../../src/metrics/source.ts';
import { serve } from '../support/local-server.ts';
import { counted, type Shown } from './wires.ts';

const NOW = 1_800_000_000_000;
const TOKEN = 'bearer-of-the-test';
const THE_SERVER = 'the server';
const signal = new AbortController().signal;

/** A series in the words of Prometheus: its labels, and its samples with their age in seconds. */
interface Raw {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [age: number, value: string])[];
}

const scrapedBy = (instance: string, more: Record<string, string> = {}) => ({ instance, job: 'edge', ...more });
const raw = ({ name, labels, value }: Shown, scrape: Record<string, string>, age = 2): Raw => ({
  metric: { __name__: name, ...scrape, ...labels },
  values: [[age, value]],
});
const up = (scrape: Record<string, string>, value = '1'): Raw => raw({ name: 'up', labels: {}, value }, scrape);

/** Everything of a target that is well. */
const target = (instance: string, more: Record<string, string> = {}): Raw[] => {
  const scrape = scrapedBy(instance, more);
  return [up(scrape), ...counted(1000).map((shown) => raw(shown, scrape))];
};

/** The snapshot of a server that answers with these series, and what it was asked. */
async function reading(series: readonly Raw[], options: Partial<PrometheusMetricsOptions> = {}) {
  const asked: string[] = [];
  const url = await serve(({ url: path = '' }, response) => {
    asked.push(new URL(path, 'http://host').searchParams.get('query') ?? path);
    const result = series.map(({ metric, values }) => ({
      metric,
      values: values.map(([age, value]) => [NOW / 1000 - age, value]),
    }));
    const body = { status: 'success', data: { resultType: 'matrix', result } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const source = prometheusMetrics({
    api: prometheusApi({ url, token: TOKEN }),
    targets: { job: 'edge' },
    matchers: { tenant: 'acme' },
    now: () => NOW,
    ...options,
  });
  return { asked, snapshot: source.snapshot(signal) };
}

async function problemOf(series: readonly Raw[], options?: Partial<PrometheusMetricsOptions>): Promise<MetricError> {
  const { snapshot } = await reading(series, options);
  const error: unknown = await snapshot.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MetricError);
  expect(String(error)).not.toContain(TOKEN);
  return error as MetricError;
}

describe('what a Prometheus scraped', () => {
  it('is asked for in one query: whatever the values are, they are of one moment', async () => {
    const { asked, snapshot } = await reading(target('edge-1'));
    await snapshot;
    expect(asked).toEqual([
      '{__name__=~"up|golive_requests_total|golive_requests_created|golive_request_duration_seconds_bucket|' +
        'golive_request_duration_seconds_count|golive_request_duration_seconds_created",' +
        'job="edge",tenant=~"acme|"}[30000ms]',
    ]);
  });

  it('is asked for by labels whose values mean nothing but themselves', async () => {
    const odd = String.raw`a.b*|"c\d` + '\n';
    const scraped = target('edge-1').map(({ metric, ...rest }) => ({ metric: { ...metric, job: odd }, ...rest }));
    const own = scraped.map(({ metric, ...rest }) => ({
      metric: 'tenant' in metric ? { ...metric, tenant: odd } : metric,
      ...rest,
    }));
    const { asked, snapshot } = await reading(own, { targets: { job: odd }, matchers: { tenant: odd } });
    expect((await snapshot).series).toHaveLength(4);
    expect(asked[0]).toContain(String.raw`job="a.b*|\"c\\d\n",tenant=~"a\\.b\\*\\|\"c\\\\d\n|"`);
  });

  it('is what the targets expose themselves, without the labels of the scrape', async () => {
    const { snapshot } = await reading([...target('edge-1', { zone: 'one' }), ...target('edge-2', { zone: 'two' })]);
    const { series } = await snapshot;
    expect(series).toHaveLength(8);
    expect(series).toContainEqual({
      kind: 'requests',
      target: 'edge-2',
      name: 'golive_requests_total{decision="allow",outcome="ok",tenant="acme"}',
      decision: 'allow',
      outcome: 'ok',
      count: 910,
    });
  });

  it('is as old as its oldest value, of which each series has its newest', async () => {
    const [first, ...others] = target('edge-1');
    const older = others.map(({ metric }, index) => ({
      metric,
      values: [[9, '1'] as const, [index === 3 ? 7 : 2, '1000'] as const],
    }));
    const readable = older.filter(({ metric }) => metric['__name__'] !== 'golive_requests_total');
    const requests = others.filter(({ metric }) => metric['__name__'] === 'golive_requests_total');
    const { snapshot } = await reading([first, ...requests, ...readable].flatMap((one) => one ?? []));
    expect((await snapshot).at).toBe(NOW - 7000);
  });

  it('knows since when a counter counts, and what the router counts', async () => {
    const scrape = scrapedBy('edge-1');
    const labels = { tenant: 'acme', decision: 'allow', outcome: 'ok' };
    const created = raw({ name: 'golive_requests_created', labels, value: '1700000000.5' }, scrape);
    const routed = (path: string, value: string) =>
      raw({ name: 'golive_routed_requests_total', labels: { tenant: 'acme', path }, value }, scrape);
    const names = {
      requests: 'golive_requests_total',
      duration: 'golive_request_duration_seconds',
      routed: 'golive_routed_requests_total',
    };
    const all = [...target('edge-1'), created, routed('intended', '5'), routed('bypass', '95')];
    const { asked, snapshot } = await reading(all, { names });
    const { series } = await snapshot;
    expect(series[0]).toMatchObject({ created: 1_700_000_000_500 });
    expect(series.filter(({ kind }) => kind === 'routed')).toHaveLength(2);
    expect(asked[0]).toContain('|golive_routed_requests_total|golive_routed_requests_created|');
    const missing = await problemOf(target('edge-1'), { names });
    expect(missing.message).toContain('golive_routed_requests_total has no series that matches');
  });

  it('may have a tenant that only the scrape knows', async () => {
    const scrape = scrapedBy('edge-1', { tenant: 'acme' });
    const { snapshot } = await reading([up(scrape), ...counted(1000).map((shown) => raw(shown, scrape))]);
    expect((await snapshot).series).toHaveLength(4);
  });

  it('may be split by labels that are named, and is then added up', async () => {
    const scrape = scrapedBy('edge-1');
    const parts = ['eu', 'us'].flatMap((region) =>
      counted(1000).map(({ labels, ...shown }) => raw({ ...shown, labels: { ...labels, region } }, scrape)),
    );
    const { snapshot } = await reading([up(scrape), ...parts], { sumWithout: ['region'] });
    expect((await snapshot).series).toHaveLength(8);
    expect((await problemOf([up(scrape), ...parts])).message).toContain('differ by the label region');
  });
});

describe('no snapshot comes of', () => {
  const [edgeUp, ...edge] = target('edge-1');
  if (edgeUp === undefined) throw new Error('a target has no up');
  const changed = (change: (metric: Raw['metric']) => Raw['metric']) =>
    edge.map(({ metric, values }) => ({ metric: change(metric), values }));

  it.each<[string, Raw[], Partial<PrometheusMetricsOptions>, Pick<MetricError, 'problem' | 'target'>, string]>([
    [
      'a target whose newest scrape failed',
      [up(scrapedBy('edge-1'), '0'), ...edge],
      {},
      { problem: 'no-answer', target: 'edge-1' },
      'its newest scrape failed',
    ],
    [
      'a target that is neither up nor down',
      [up(scrapedBy('edge-1'), 'NaN'), ...edge],
      {},
      { problem: 'no-answer', target: 'edge-1' },
      'its newest scrape failed',
    ],
    [
      'one target of several that is down',
      [...target('edge-2'), up(scrapedBy('edge-1'), '0')],
      {},
      { problem: 'no-answer', target: 'edge-1' },
      'its newest scrape failed',
    ],
    [
      'one target of several that is up and shows nothing',
      [...target('edge-2'), edgeUp],
      {},
      { problem: 'surprising-shape', target: 'edge-1' },
      'golive_requests_total has no series',
    ],
    [
      'an expected target that is not scraped',
      target('edge-2'),
      { instances: ['edge-1', 'edge-2'] },
      { problem: 'no-answer', target: 'edge-1' },
      'is not scraped',
    ],
    [
      'a target that nobody expects',
      [...target('edge-1'), ...target('edge-2')],
      { instances: ['edge-1'] },
      { problem: 'surprising-shape', target: 'edge-2' },
      'nobody expects this target',
    ],
    [
      'two scrapes of one target',
      [...target('edge-1', { replica: 'a' }), ...target('edge-1', { replica: 'b' })],
      {},
      { problem: 'surprising-shape', target: 'edge-1' },
      'is scraped twice',
    ],
    [
      'the series of another scrape of a target',
      [...target('edge-1', { replica: 'a' }), ...changed((metric) => ({ ...metric, replica: 'b' }))],
      {},
      { problem: 'surprising-shape', target: 'edge-1' },
      'another replica than its scrape',
    ],
    [
      'series without a scrape behind them',
      edge,
      {},
      { problem: 'no-answer', target: THE_SERVER },
      'no target is scraped',
    ],
    [
      'series of a target beside those that are scraped',
      [...edge, ...target('edge-2')],
      {},
      { problem: 'surprising-shape', target: 'edge-1' },
      'no scrape stands behind its series',
    ],
    [
      'sums that somebody recorded',
      [edgeUp, ...edge, ...changed(({ instance: _instance, ...metric }) => metric)],
      {},
      { problem: 'surprising-shape', target: 'golive_requests_total' },
      'does not say which target',
    ],
    [
      'a series of another tenant, although it was not asked for',
      [edgeUp, ...edge, ...changed((metric) => ({ ...metric, tenant: 'acme-two' }))],
      {},
      { problem: 'surprising-shape', target: THE_SERVER },
      'was not asked for',
    ],
    [
      'a series of another job, although it was not asked for',
      [edgeUp, ...edge, ...changed((metric) => ({ ...metric, job: 'other' }))],
      {},
      { problem: 'surprising-shape', target: THE_SERVER },
      'was not asked for',
    ],
    [
      'a series of another name, although it was not asked for',
      [edgeUp, ...edge, ...changed((metric) => ({ ...metric, __name__: 'other' }))],
      {},
      { problem: 'surprising-shape', target: THE_SERVER },
      'was not asked for',
    ],
    [
      'series of several tenants, where nobody said which',
      [edgeUp, ...edge, ...changed((metric) => ({ ...metric, tenant: 'acme-two' }))],
      { matchers: {} },
      { problem: 'surprising-shape', target: 'edge-1' },
      'differ by the label tenant',
    ],
    [
      'targets of several tenants, where nobody said which',
      [...target('edge-2'), edgeUp, ...changed((metric) => ({ ...metric, tenant: 'acme-two' }))],
      { matchers: {} },
      { problem: 'surprising-shape', target: 'edge-2, edge-1' },
      'differ by the label tenant',
    ],
    [
      'a series that is there twice',
      [edgeUp, ...edge, ...edge],
      {},
      { problem: 'surprising-shape', target: THE_SERVER },
      'a series is there twice',
    ],
    ['an empty answer', [], {}, { problem: 'no-answer', target: THE_SERVER }, 'no target is scraped'],
  ])('%s', async (_what, series, options, { problem, target: name }, message) => {
    const error = await problemOf(series, options);
    expect(error.message).toContain(message);
    expect(error.problem).toBe(problem);
    expect(error.target.replace(/^127\.0\.0\.1:\d+$/, THE_SERVER)).toBe(name);
  });

  it.each([
    ['too old', 30.001],
    ['from the future', -5.001],
  ])('a value that is %s', async (what, age) => {
    const one = edge.map(({ metric }, index) => ({ metric, values: [[index === 2 ? age : 1, '1000'] as const] }));
    expect((await problemOf([edgeUp, ...one])).message).toContain(what);
  });
});

it('is not opened when nothing picks its targets', () => {
  const api = prometheusApi({ url: 'http://127.0.0.1:9090' });
  expect(() => prometheusMetrics({ api, targets: {} })).toThrow(RangeError);
});
