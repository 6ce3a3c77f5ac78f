import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { TrafficRenewal } from '../../src/activities/traffic-lease.ts';
import { httpTraffic } from '../../src/traffic/http.ts';
import type { TrafficPort } from '../../src/traffic/port.ts';
import { keepBegun } from '../../src/activities/standing.ts';
import { inRun } from './called.ts';
import { moveShare, startStage, type Stage } from './stage.ts';

const LEASE = 600;

let stage: Stage;
let traffic: TrafficPort;

beforeAll(async () => {
  stage = await startStage();
  const { sandbox } = stage;
  traffic = httpTraffic({ url: `${sandbox.url}/router/share`, token: sandbox.secrets.router, lease: LEASE });
});
afterAll(() => stage.close());
beforeEach(() => moveShare(stage, 0));

const read = () => traffic.read(AbortSignal.timeout(5_000));

async function lend(percent: number): Promise<void> {
  await traffic.lease?.set(percent, await read(), AbortSignal.timeout(5_000));
}

/** From now on the run is one that has moved traffic. */
const begin = () => inRun(() => keepBegun(stage.store, stage.scope, null));

/** Resolves with how long it took until the router had taken the traffic back, in milliseconds. */
async function takenBack(): Promise<number> {
  const began = performance.now();
  while ((await read()).percent !== 0) await delay(20);
  return performance.now() - began;
}

it('traffic that nobody watches any more goes away by itself', async () => {
  await lend(25);
  expect((await read()).percent).toBe(25);
  expect(await takenBack()).toBeLessThan(5 * LEASE);
});

it('traffic that is watched stays for longer than it was lent', async () => {
  await lend(25);
  const renewal = new TrafficRenewal(traffic, 25, () => Promise.resolve(true));
  for (const end = performance.now() + 3 * LEASE; performance.now() < end;) {
    await renewal.renew(await read());
    await delay(50);
  }
  expect((await read()).percent).toBe(25);
  expect(await takenBack()).toBeLessThan(5 * LEASE);
});

it('what somebody else has set is not renewed', async () => {
  await moveShare(stage, 50);
  await lend(50);
  const renewal = new TrafficRenewal(traffic, 25, () => Promise.resolve(true));
  for (const end = performance.now() + 10 * LEASE; performance.now() < end && (await read()).percent === 50;) {
    await renewal.renew(await read());
    await delay(50);
  }
  expect((await read()).percent).toBe(0);
});

it('traffic that is live stays for good, with nobody to renew it', async () => {
  await lend(100);
  await begin();
  const key = stage.key('archive-evidence');
  expect(await stage.activities.keepTraffic(stage.scope, { percent: 100, key })).toMatchObject({ verdict: 'pass' });
  await delay(2 * LEASE);
  expect((await read()).percent).toBe(100);
});

it('traffic that stands elsewhere is not left there for good', async () => {
  await begin();
  const key = stage.key('archive-evidence');
  expect(await stage.activities.keepTraffic(stage.scope, { percent: 100, key })).toMatchObject({ verdict: 'fail' });
});

it('a run that has moved no traffic keeps none', async () => {
  const another = { ...stage.scope, folder: 'tenant_acme_prod/production/another' };
  const kept = stage.activities.keepTraffic(another, { percent: 0, key: stage.key('archive-evidence') });
  await expect(kept).rejects.toMatchObject({ type: 'NotApproved' });
});

it('what may not be renewed goes away, whoever watches it', async () => {
  await lend(25);
  const renewal = new TrafficRenewal(traffic, 25, () => Promise.resolve(false));
  for (const end = performance.now() + 10 * LEASE; performance.now() < end && (await read()).percent === 25;) {
    await renewal.renew(await read());
    await delay(50);
  }
  expect((await read()).percent).toBe(0);
});
