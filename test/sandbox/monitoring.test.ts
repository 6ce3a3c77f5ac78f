import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { prometheus } from './client.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ rate: 0 });
});
afterAll(() => sandbox.close());

/** An instant of the last few seconds. */
const justNow = expect.toSatisfy((text: string) => Math.abs(Date.now() - Date.parse(text)) < 5_000) as unknown;
const SERVICES = ['api', 'policy-engine', 'token-service', 'audit-service', 'connector-runtime'];
const NAMES = ['IntendedLatencyHigh', 'IntendedErrorRateHigh', 'IntendedAuditLag', 'IntendedHealthDown'];

it('The alert rules of the example configuration are there, healthy and evaluated just now', async () => {
  const rule = (name: string) => ({
    type: 'alerting',
    name,
    duration: 60,
    labels: { severity: 'page' },
    health: 'ok',
    state: 'inactive',
    lastEvaluation: justNow,
  });
  expect(await prometheus(sandbox, 'rules')).toMatchObject({ groups: [{ interval: 15, rules: NAMES.map(rule) }] });
});

it('Rules can be asked for by name', async () => {
  const [name = ''] = NAMES;
  const query = new URLSearchParams({ 'rule_name[]': name }).toString();
  expect(await prometheus(sandbox, `rules?type=alert&${query}`)).toMatchObject({ groups: [{ rules: [{ name }] }] });
  expect(await prometheus(sandbox, 'rules?rule_name[]=Another')).toEqual({ groups: [] });
});

it('The health of every service is probed at its real addresses, and the router’s metrics are scraped', async () => {
  const times = { lastScrape: justNow, scrapeInterval: '15s', health: 'up', lastError: '' };
  const probes = SERVICES.flatMap((service) =>
    ['healthz', 'readyz'].map((end) => `${sandbox.url}/services/${service}/${end}`),
  );
  expect(await prometheus(sandbox, 'targets?state=active')).toMatchObject({
    activeTargets: [
      ...probes.map((address) => ({
        ...times,
        labels: { instance: address },
        scrapeUrl: `http://blackbox.acme.example:9115/probe?module=http_2xx&target=${encodeURIComponent(address)}`,
      })),
      { ...times, scrapeUrl: `${sandbox.url}/router/metrics` },
    ],
  });
  for (const address of probes) expect((await fetch(address)).status).toBe(200);
});

it('Alerts have an Alertmanager to go to', async () => {
  expect(await prometheus(sandbox, 'alertmanagers')).toEqual({
    activeAlertmanagers: [{ url: 'http://alertmanager.acme.example:9093/api/v2/alerts' }],
    droppedAlertmanagers: [],
  });
});

it.each(['rules', 'targets', 'alertmanagers'])('Nobody reads the %s without the token', async (path) => {
  for (const authorization of ['', `Bearer ${sandbox.secrets.golive}`]) {
    const answer = await fetch(`${sandbox.url}/prometheus/api/v1/${path}`, { headers: { authorization } });
    expect(answer.status).toBe(401);
  }
});
