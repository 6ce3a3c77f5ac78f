import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monitoringActivities } from '../../src/activities/monitoring.ts';
import { openWorlds } from '../../src/activities/world.ts';
import type { AlertName } from '../../src/domain/profile-schema.ts';
import type { Finding } from '../../src/domain/verdict.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { factsPath } from '../../src/evidence/layout.ts';
import { prometheusApi } from '../../src/metrics/prometheus-api.ts';
import { exampleOperator } from '../support/operator.ts';

const SCOPE = {
  profile: 'acme-production',
  tenant: 'tenant_acme_prod',
  environment: 'production',
  folder: 'monitoring',
};
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NEVER = '0001-01-01T00:00:00Z';
const SERVICES = Object.entries(exampleOperator().profiles['acme-production']?.intended.services ?? {});

/** So many milliseconds ago, in local time and nanoseconds as Prometheus writes it. */
const ago = (milliseconds: number) =>
  new Date(Date.now() - milliseconds + HOUR).toISOString().replace('Z', '123456+01:00');

const rule = (changes: object = {}) => ({
  type: 'alerting',
  name: 'IntendedHealthDown',
  query: 'probe_success == 0',
  duration: 60,
  labels: { severity: 'page' },
  health: 'ok',
  state: 'inactive',
  lastEvaluation: ago(10 * SECOND),
  ...changes,
});

/** A target of a prober: the prober is scraped, and what it watches is a parameter. */
const target = (base: string, changes: object = {}) => ({
  discoveredLabels: { __address__: `${base}/readyz`, __metrics_path__: '/probe' },
  labels: { instance: `${base}/readyz`, job: 'health' },
  scrapeUrl: `http://prober:9115/probe?module=http_2xx&target=${encodeURIComponent(`${base}/readyz`)}`,
  health: 'up',
  lastScrape: ago(10 * SECOND),
  scrapeInterval: '15s',
  ...changes,
});

/** What the server tells: `data` of each route. */
interface Told {
  rules: readonly object[];
  interval: number | undefined;
  alertmanagers: readonly object[];
  targets: readonly object[];
}

let server: Server;
let home: string;
let told: Told;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golive-monitoring-'));
  told = {
    rules: [rule()],
    interval: 15,
    alertmanagers: [{ url: 'http://alertmanager:9093/api/v2/alerts' }],
    targets: SERVICES.map(([, base]) => target(base)),
  };
  server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: dataOf(url) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.close();
  await rm(home, { recursive: true, force: true });
});

function dataOf(url: string): object {
  const { rules, interval, alertmanagers, targets } = told;
  if (url.includes('/rules')) return { groups: [{ name: 'intended', interval, rules }] };
  if (url.includes('/alertmanagers')) return { activeAlertmanagers: alertmanagers, droppedAlertmanagers: [] };
  return { activeTargets: targets, droppedTargets: [] };
}

function measure(alert: AlertName = 'health'): Promise<Finding> {
  const world = openWorlds(exampleOperator().profiles)(SCOPE);
  const { port } = server.address() as AddressInfo;
  const monitoring = prometheusApi({ url: `http://127.0.0.1:${port}` });
  const activities = monitoringActivities({
    worlds: () => ({ ...world, monitoring }),
    store: openFileStore(home),
    trust: { mode: 'namespace' },
  });
  return activities.checkMonitoring(SCOPE, { alert });
}

async function check(changes: Partial<Told> = {}): Promise<readonly [string, readonly string[]]> {
  told = { ...told, ...changes };
  const { verdict, reasons } = await measure();
  return [verdict, reasons];
}

async function subjectOf(changes: Partial<Told> = {}): Promise<unknown> {
  told = { ...told, ...changes };
  const { subject } = await measure();
  if (subject === undefined) throw new Error('nothing to vouch for');
  return JSON.parse(await readFile(join(home, SCOPE.folder, factsPath(subject)), 'utf8'));
}

describe('an alert', () => {
  it.each(['inactive', 'pending'])('passes while it is evaluated and %s', async (state) => {
    expect(await check({ rules: [rule({ state })] })).toEqual(['pass', []]);
  });

  it('is missing, whatever others there are', async () => {
    const missing = ['fail', ['the monitoring has no alert IntendedHealthDown']];
    expect(await check({ rules: [] })).toEqual(missing);
    expect(await check({ rules: [rule({ name: 'Another' })] })).toEqual(missing);
    expect(await check({ rules: [rule({ type: 'recording' })] })).toEqual(missing);
  });

  it('fails while it fires, is not evaluated or asks for nothing', async () => {
    expect(await check({ rules: [rule({ state: 'firing' })] })).toEqual([
      'fail',
      ['the alert IntendedHealthDown fires'],
    ]);
    for (const health of ['err', 'unknown', '']) {
      const reason = 'the alert IntendedHealthDown is not evaluated';
      expect(await check({ rules: [rule({ health })] })).toEqual(['fail', [reason]]);
    }
    const reason = 'the alert IntendedHealthDown asks for nothing';
    expect(await check({ rules: [rule({ query: ' ' })] })).toEqual(['fail', [reason]]);
  });

  it('is every rule of the name, not only the first', async () => {
    const rules = [rule(), rule({ state: 'firing' })];
    expect(await check({ rules })).toEqual(['fail', ['the alert IntendedHealthDown fires']]);
    const old = [rule(), rule({ lastEvaluation: ago(HOUR) })];
    expect((await check({ rules: old }))[0]).toBe('fail');
  });

  it('is not silent because nothing is said about its state', async () => {
    const doubt = ['inconclusive', ['the monitoring does not tell whether the alert IntendedHealthDown fires']];
    expect(await check({ rules: [rule({ state: undefined })] })).toEqual(doubt);
    expect(await check({ rules: [rule({ state: 'asleep' })] })).toEqual(doubt);
  });

  it.each([
    ['hours ago', ago(3 * HOUR)],
    ['never', NEVER],
  ])('fails when it was last evaluated %s, however healthy it says it is', async (_, lastEvaluation) => {
    const reason = 'the alert IntendedHealthDown was not evaluated for too long';
    expect(await check({ rules: [rule({ lastEvaluation })] })).toEqual(['fail', [reason]]);
  });

  it('may be evaluated as rarely as its group says', async () => {
    const rules = [rule({ lastEvaluation: ago(9 * MINUTE) })];
    expect((await check({ rules, interval: 60 }))[0]).toBe('pass');
    expect((await check({ rules, interval: 50 }))[0]).toBe('fail');
  });

  it('is unclear when it does not tell its times, or tells of the future', async () => {
    const doubt = ['inconclusive', ['it is unclear when the alert IntendedHealthDown was last evaluated']];
    expect(await check({ rules: [rule({ lastEvaluation: undefined })] })).toEqual(doubt);
    expect(await check({ rules: [rule({ lastEvaluation: ago(-MINUTE) })] })).toEqual(doubt);
    expect(await check({ rules: [rule()], interval: undefined })).toEqual(doubt);
  });

  it.each([
    ['rules', { rules: [rule({ lastEvaluation: 'yesterday' })] }],
    ['rules', { rules: [rule({ lastEvaluation: 12 })] }],
    ['rules', { interval: 0 }],
    ['targets', { targets: [target('https://api.intended.so', { lastScrape: 'yesterday' })] }],
    ['targets', { targets: [target('https://api.intended.so', { labels: ['health'] })] }],
    ['alertmanagers', { alertmanagers: [{ url: 'somewhere' }] }],
  ] as const)('is not judged by %s that cannot be read: %j', async (path, changes) => {
    await expect(check(changes)).rejects.toMatchObject({
      name: 'MetricError',
      problem: 'surprising-shape',
      target: expect.stringMatching(new RegExp(`/api/v1/${path}$`)) as string,
    });
  });
});

it('fails when nobody receives the alert', async () => {
  const reason = 'the monitoring has no active Alertmanager: alerts reach nobody';
  expect(await check({ alertmanagers: [] })).toEqual(['fail', [reason]]);
});

describe('the watch on the health of the services', () => {
  const [, ...others] = SERVICES.map(([, base]) => target(base));
  const api = (changes: object) => [target('https://api.intended.so', changes), ...others];
  const unnamed = { discoveredLabels: {}, labels: {} };

  it('fails by name of every service that nobody watches', async () => {
    const names = SERVICES.map(([service]) => `nobody watches the health of ${service}`);
    expect(await check({ targets: [] })).toEqual(['fail', names]);
    expect(await check({ targets: others })).toEqual(['fail', ['nobody watches the health of api']]);
  });

  it.each([
    ['what is scraped', { scrapeUrl: 'https://api.intended.so/healthz', ...unnamed }],
    ['a parameter', unnamed],
    [
      'a label',
      { ...unnamed, scrapeUrl: 'http://prober/', labels: { instance: 'https://API.intended.so:443/health/' } },
    ],
    [
      'a label before relabelling',
      {
        ...unnamed,
        scrapeUrl: 'http://prober/',
        discoveredLabels: { __param_target: 'https://api.intended.so/readyz' },
      },
    ],
  ])('is found by %s', async (_, changes) => {
    expect(await check({ targets: api(changes) })).toEqual(['pass', []]);
  });

  it.each([
    'https://api.intended.so/metrics',
    'https://api.intended.so.evil.example/healthz',
    'https://policy.acme-intended.example/healthz',
    'https://api.intended.so/policy/healthz',
    'http://api.intended.so/healthz',
    'ftp://api.intended.so/healthz',
    'api.intended.so/healthz',
    'https://api.intended.so:port/healthz',
  ])('is not a target about %s', async (scrapeUrl) => {
    expect(await check({ targets: api({ ...unnamed, scrapeUrl }) })).toEqual([
      'fail',
      ['nobody watches the health of api'],
    ]);
  });

  it.each(['down', 'unknown', ''])('fails while its target is %j', async (health) => {
    const reason = 'the watch on the health of api is not up';
    expect(await check({ targets: api({ health }) })).toEqual(['fail', [reason]]);
  });

  it.each([
    ['hours ago', ago(3 * HOUR)],
    ['never', NEVER],
  ])('fails when it last looked %s', async (_, lastScrape) => {
    const reason = 'the health of api was not looked at for too long';
    expect(await check({ targets: api({ lastScrape }) })).toEqual(['fail', [reason]]);
  });

  it('is unclear when it does not tell its times, or tells of the future', async () => {
    const doubt = ['inconclusive', ['it is unclear when the health of api was last looked at']];
    for (const changes of [
      { lastScrape: undefined },
      { lastScrape: ago(-MINUTE) },
      { scrapeInterval: undefined },
      { scrapeInterval: 'often' },
    ]) {
      expect(await check({ targets: api(changes) })).toEqual(doubt);
    }
  });

  it('passes when one of two looks, and not when one is down and the other fell asleep', async () => {
    const down = target('https://api.intended.so', { health: 'down' });
    const asleep = target('https://api.intended.so', { lastScrape: ago(HOUR) });
    expect((await check({ targets: [down, target('https://api.intended.so'), ...others] }))[0]).toBe('pass');
    expect((await check({ targets: [down, asleep, ...others] }))[0]).toBe('fail');
  });

  it('concerns the alert on health alone', async () => {
    const { latency } = exampleOperator().profiles['acme-production']?.monitoring.alerts ?? { latency: '' };
    told = { ...told, rules: [rule({ name: latency })], targets: [] };
    expect(await measure('latency')).toMatchObject({ verdict: 'pass' });
  });
});

describe('what a person vouches for', () => {
  it('is the rules and what is watched', async () => {
    const subject = JSON.stringify(await subjectOf());
    const alert = {
      duration: 60,
      labels: { severity: 'page' },
      name: 'IntendedHealthDown',
      query: 'probe_success == 0',
    };
    expect(JSON.parse(subject)).toEqual([
      alert,
      ...SERVICES.map(([service, base]) => ({
        service,
        targets: [
          {
            addresses: ['http://prober:9115/probe', `${base}/readyz`],
            labels: { instance: `${base}/readyz`, job: 'health' },
            scrapeUrl: 'http://prober:9115/probe',
          },
        ],
      })),
    ]);
  });

  it('stays the same from one measurement to the next, in whichever order targets come', async () => {
    const first = await subjectOf();
    const targets = SERVICES.map(([, base]) => target(base, { lastScrape: ago(2 * MINUTE) })).toReversed();
    expect(await subjectOf({ rules: [rule({ state: 'pending', lastEvaluation: ago(MINUTE) })], targets })).toEqual(
      first,
    );
  });

  it.each([{ query: 'up == 1' }, { duration: 600 }, { labels: { severity: 'none' } }])(
    'is another thing with %j',
    async (changes) => {
      const first = await subjectOf();
      expect(await subjectOf({ rules: [rule(changes)] })).not.toEqual(first);
    },
  );
});
