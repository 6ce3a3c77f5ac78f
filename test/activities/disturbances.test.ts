import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchActivities, type WindowReport, type WindowRequest } from '../../src/activities/watch.ts';
import { openMetrics } from '../../src/metrics/openmetrics.ts';
import type { FaultWish } from '../../src/sandbox/faults/fault.ts';
import { traffic } from './checks.ts';
import { factsOf, LIMITS, moveShare, startStage, worldOf, type Stage } from './stage.ts';

/** What the watch makes of real traffic that is disturbed, by the disturbances of the sandbox. */

const EVERY = 250;
const LENGTH = 3_000;
/** This machine may be busy and lose samples of its own. */
const MOST_EXTENSIONS = 6;
vi.setConfig({ testTimeout: 90_000 });
const SLACK = {
  ...LIMITS,
  latencyMs: { p50: 2_500, p95: 5_000, p99: 5_000 },
  minimumRequests: 100,
  detectableErrorShare: 0.1,
};

let stage: Stage;
async function begin(percent: number, day?: number): Promise<void> {
  stage = await startStage({ rate: 250, ...(day === undefined ? {} : { day }) });
  await moveShare(stage, percent);
}
afterEach(() => stage.close());

/** A watch of so many milliseconds on the traffic as it is; `carry` is what one before it saw. */
function watching(length: number, request: Partial<WindowRequest> = {}) {
  const { store, scope, sandbox } = stage;
  const metrics = openMetrics({
    targets: [`${sandbox.url}/router/metrics`],
    names: {
      requests: 'golive_requests_total',
      duration: 'golive_request_duration_seconds',
      routed: 'golive_routed_requests_total',
    },
    deadline: 200,
  });
  const worlds = () => ({ ...worldOf(stage), metrics });
  const activities = watchActivities({ worlds, store, trust: { mode: 'namespace' } });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  let heartbeats = 0;
  environment.on('heartbeat', () => (heartbeats += 1));
  const from = Date.now();
  const whole: WindowRequest = {
    purpose: 'soak',
    from,
    until: from + length,
    length,
    percent: sandbox.control.state().share.percent,
    limits: SLACK,
    sampleEvery: EVERY,
    ordinal: 1,
    carry: null,
    ...request,
  };
  const report: Promise<WindowReport> = environment.run(() => activities.watchWindow(scope, whole));
  return { report, heartbeats: () => heartbeats };
}

/** The same, with a disturbance that begins once the watch has something to compare with. */
async function disturbed(length: number, fault: FaultWish, limits = SLACK): Promise<WindowReport> {
  const { report, heartbeats } = watching(length, { limits });
  while (heartbeats() < 3) await delay(EVERY / 5);
  stage.sandbox.control.arm(fault);
  return report;
}

/** What becomes of a watch whose time is over and that is extended by what it missed, as a soak extends it. */
async function extended(length: number, first: WindowReport, limits = SLACK): Promise<WindowReport['finding']> {
  let { finding, missing, carry } = first;
  for (let times = 0; finding.verdict === 'inconclusive' && times < MOST_EXTENSIONS; times += 1) {
    ({ finding, missing, carry } = await watching(missing, { length, carry, limits }).report);
  }
  return finding;
}

describe('a disturbance that harms somebody ends the watch', () => {
  it.each([
    ['error-spike', /^(error-share is|half-failed)/, SLACK],
    ['slow-drift', /^error-share is /, SLACK],
    ['allow-all', /^(everything-allowed|allow-share-max)/, SLACK],
    ['deny-all', /^(nothing-allowed|allow-share-min)/, SLACK],
    ['slow-tail', /^latency-p95 is /, { ...SLACK, latencyMs: { p50: 2_500, p95: 2_500, p99: 5_000 } }],
  ] as const)('%s', async (name, reason, limits) => {
    await begin(100, 24);
    const began = Date.now();
    const { finding } = await disturbed(45_000, { kind: 'world', name }, limits);
    expect(finding.verdict).toBe('fail');
    expect(finding.reasons[0]).toMatch(reason);
    expect(Date.now() - began).toBeLessThan(45_000);
  });
});

describe('traffic that is well is not stopped', () => {
  it.each([25, 100])('by a whole day of it, with its bursts, at %d percent', async (percent) => {
    await begin(percent, LENGTH / 1000);
    const finding = await extended(LENGTH, await watching(LENGTH).report);
    expect(finding).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  it('by one bad minute that the limits of the whole have room for, and the facts show it', async () => {
    await begin(100, 1440);
    const limits = { ...SLACK, errorShare: 0.05 };
    const first = await disturbed(LENGTH, { kind: 'world', name: 'bad-minute' }, limits);
    const finding = await extended(LENGTH, first, limits);
    expect(finding).toMatchObject({ verdict: 'pass', reasons: [] });
    const facts = await factsOf(stage, finding.evidence);
    expect(facts).toMatchObject({ worstMinutes: { 'error-share': { count: expect.any(Number) as number } } });
    expect(facts).not.toMatchObject({ worstMinutes: { 'error-share': { count: 0 } } });
  });

  it('by counters that begin anew, which cost the watch one sample that it makes up for', async () => {
    await begin(100);
    const first = await disturbed(LENGTH, { kind: 'world', name: 'counter-reset' });
    expect(first.finding.verdict).toBe('inconclusive');
    expect(await extended(LENGTH, first)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  it('by denials for a new reason within the limits, which are for a person to judge', async () => {
    const { activities, scope } = await calm();
    const since = await activities.markAudit(scope);
    await traffic(stage);
    const { baseline } = await activities.sampleDenials(scope, { since, size: 5, seed: 'test' });
    const soaked = await activities.markAudit(scope);
    await moveShare(stage, 100);
    const finding = await extended(LENGTH, await disturbed(LENGTH, { kind: 'world', name: 'new-deny-reason' }));
    expect(finding).toMatchObject({ verdict: 'pass', reasons: [] });
    const compared = await activities.compareDenials(scope, { since: soaked, baseline });
    expect(compared.verdict).toBe('pass');
    expect(compared.open).toContainEqual(expect.stringMatching(/^a new reason to deny: no policy: REGION_FORBIDDEN, /));
  });

  async function calm(): Promise<Stage> {
    await begin(0);
    return stage;
  }
});

describe('metrics that do not tell what happens pass nothing, and what was not seen is made up for', () => {
  beforeEach(() => begin(100));

  it.each([
    ['silent-metrics', /was observed, 95\.00 % is needed/],
    ['frozen-metrics', /was observed, 95\.00 % is needed/],
  ] as const)('%s', async (name, reason) => {
    const first = await disturbed(LENGTH, { kind: 'world', name });
    expect(first.finding.verdict).toBe('inconclusive');
    expect(first.finding.reasons[0]).toMatch(reason);
    expect(first.missing).toBeGreaterThan(LENGTH / 2);
    stage.sandbox.control.disarmAll();
    expect(await extended(LENGTH, first)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  const CALL_FAULTS: readonly Extract<FaultWish, { kind: 'call' }>['effect'][] = [
    { kind: 'not-json' },
    { kind: 'redirect' },
    { kind: 'truncated-json' },
    { kind: 'endless-body' },
    { kind: 'gzip-bomb' },
    { kind: 'drop-before' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 429, retryAfter: '2' },
    { kind: 'status', status: 404 },
    { kind: 'slow', ms: 60_000 },
    { kind: 'drip-feed', ms: 100 },
  ];
  it('nor while they cannot be read, whatever it is that they suffer', async () => {
    for (const effect of CALL_FAULTS) {
      stage.sandbox.control.disarmAll();
      stage.sandbox.control.arm({ kind: 'call', operationId: 'getMetrics', effect, times: 'always' });
      const { finding, missing } = await watching(300).report;
      expect([effect.kind, finding.verdict]).toEqual([effect.kind, 'inconclusive']);
      expect(missing).toBeGreaterThan(0);
    }
  });
});
