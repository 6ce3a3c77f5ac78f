import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { monitoringActivities } from '../../src/activities/monitoring.ts';
import { openWorlds } from '../../src/activities/world.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { exampleOperator } from '../support/operator.ts';

const SCOPE = {
  profile: 'acme-production',
  tenant: 'tenant_acme_prod',
  environment: 'production',
  folder: 'monitoring',
};
const RULE = { type: 'alerting', name: 'IntendedHealthDown', query: 'up == 0', health: 'ok', state: 'inactive' };
const { state: _state, ...STATELESS } = RULE;

let server: Server;
let home: string;
let rules: readonly object[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golive-monitoring-'));
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: { groups: [{ rules }] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.close();
  await rm(home, { recursive: true, force: true });
});

async function check(...told: readonly object[]): Promise<readonly [string, readonly string[]]> {
  rules = told;
  const world = openWorlds(exampleOperator().profiles)(SCOPE);
  const { port } = server.address() as AddressInfo;
  const monitoring = { ...world.profile.monitoring, url: `http://127.0.0.1:${port}` };
  const watched = { ...world, profile: { ...world.profile, monitoring } };
  const activities = monitoringActivities({
    worlds: () => watched,
    store: openFileStore(home),
    trust: { mode: 'namespace' },
  });
  const { verdict, reasons } = await activities.checkMonitoring(SCOPE, { alert: 'health' });
  return [verdict, reasons];
}

it.each(['inactive', 'pending'])('passes an alert that is evaluated and %s', async (state) => {
  expect(await check({ ...RULE, state })).toEqual(['pass', []]);
});

it('fails without the alert, whatever others there are', async () => {
  const missing = ['fail', ['the monitoring has no alert IntendedHealthDown']];
  expect(await check()).toEqual(missing);
  expect(await check({ ...RULE, name: 'Another' })).toEqual(missing);
  expect(await check({ ...RULE, type: 'recording' })).toEqual(missing);
});

it('fails on an alert that fires or is not evaluated', async () => {
  expect(await check({ ...RULE, state: 'firing' })).toEqual(['fail', ['the alert IntendedHealthDown fires']]);
  for (const health of ['err', 'unknown', '']) {
    expect(await check({ ...RULE, health })).toEqual(['fail', ['the alert IntendedHealthDown is not evaluated']]);
  }
});

it('looks at every rule of the name, not only at the first', async () => {
  expect(await check(RULE, { ...RULE, state: 'firing' })).toEqual(['fail', ['the alert IntendedHealthDown fires']]);
});

it('does not take silence about the state for a silent alert', async () => {
  const doubt = ['inconclusive', ['the monitoring does not tell whether the alert IntendedHealthDown fires']];
  expect(await check(STATELESS)).toEqual(doubt);
  expect(await check({ ...RULE, state: 'asleep' })).toEqual(doubt);
});
