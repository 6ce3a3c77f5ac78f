import { afterEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { clientOf, setShare, shareRequest } from './client.ts';

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.close());

async function start(options: SandboxOptions = { rate: 0 }): Promise<Sandbox> {
  sandbox = await startSandbox(options);
  return sandbox;
}

/** Series, written as in the page, to value; any other line must be a comment. */
async function metrics({ url }: Sandbox, accept = 'text/plain'): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/router/metrics`, { headers: { accept } })).text();
  const series = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('#')) continue;
    const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (name === undefined || !Number.isFinite(Number(value))) throw new Error(`Not a sample: ${line}`);
    series.set(name, Number(value));
  }
  return series;
}

const answers = (decision: string, outcome = 'ok') =>
  `golive_requests_total{tenant="tenant_acme_prod",decision="${decision}",outcome="${outcome}"}`;
const routed = (path: string) => `golive_routed_requests_total{tenant="tenant_acme_prod",path="${path}"}`;
const COUNT = 'golive_request_duration_seconds_count{tenant="tenant_acme_prod"}';

describe('the share', () => {
  it('moves for who knows its version, and for nobody else', async () => {
    const running = await start();
    expect(await (await shareRequest(running)).json()).toEqual({ percent: 0, version: 'v1' });
    const moved = await shareRequest(running, { version: 'v1', body: { percent: 5 } });
    expect([moved.status, await moved.json()]).toEqual([200, { percent: 5, version: 'v2' }]);
    expect((await shareRequest(running, { version: 'v1', body: { percent: 25 } })).status).toBe(412);
    expect((await shareRequest(running, { body: { percent: 25 } })).status).toBe(428);
    expect((await shareRequest(running, { version: 'v2', body: { percent: 101 } })).status).toBe(400);
    expect(await (await shareRequest(running)).json()).toEqual({ percent: 5, version: 'v2' });
    expect(running.control.ledger()).toMatchObject([{ what: 'share', from: 0, to: 5, version: 'v2' }]);
  });

  it('accepts its version quoted, as an entity tag is', async () => {
    const running = await start();
    const tag = (await shareRequest(running)).headers.get('etag') ?? '';
    expect((await shareRequest(running, { version: tag, body: { percent: 5 } })).status).toBe(200);
  });

  it('asks for the token', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/router/share`)).status).toBe(401);
  });

  it('falls back to zero when its lease runs out, and not when it was renewed', async () => {
    const running = await start();
    await shareRequest(running, { version: 'v1', body: { percent: 5, ttl: 0.05 } });
    await expect.poll(() => running.control.state().share).toEqual({ percent: 0, version: 'v3' });
    await shareRequest(running, { version: 'v3', body: { percent: 5, ttl: 0.05 } });
    await shareRequest(running, { version: 'v4', body: { percent: 5, ttl: 60 } });
    expect(running.control.ledger().map(({ actor }) => actor)).toEqual(['router-token', 'lease', 'router-token']);
  });
});

describe('the traffic', () => {
  it('never calls the platform while the share is zero', async () => {
    const running = await start({ rate: 1000 });
    await setShare(running, 100);
    await expect.poll(async () => (await metrics(running)).get(COUNT)).toBeGreaterThan(0);
    await setShare(running, 0);
    await expect.poll(() => running.control.state().traffic.inFlight).toBe(0);
    const settled = (await metrics(running)).get(COUNT);
    // At this rate a hundred requests would have been due meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await metrics(running)).get(COUNT)).toBe(settled);
  });

  it('is decided as it should be, and counted by the way it took', async () => {
    const running = await start({ rate: 500 });
    await setShare(running, 20);
    await expect.poll(async () => (await metrics(running)).get(COUNT), { timeout: 10_000 }).toBeGreaterThan(200);
    await setShare(running, 0);
    await expect.poll(() => running.control.state().traffic.inFlight).toBe(0);
    const counted = await metrics(running);
    const total = counted.get(COUNT) ?? 0;
    expect((counted.get(answers('allow')) ?? 0) / total).toBeCloseTo(0.92, 1);
    expect(counted.get(answers('deny'))).toBeGreaterThan(0);
    expect(counted.get(answers('escalate'))).toBeGreaterThan(0);
    expect(counted.get(answers('deny', 'error'))).toBe(0);
    expect(counted.get(answers('deny', 'fail_closed'))).toBe(0);
    expect(counted.get(routed('intended'))).toBe(total);
    expect(counted.get(routed('bypass'))).toBeCloseTo(total * 4, -1);
  });

  it('counts what a halt denies as failed closed', async () => {
    const running = await start({ rate: 500 });
    await clientOf(running).post('/admin/emergency-controls/tenant_halt', { reason: 'drill' });
    await setShare(running, 100);
    await expect.poll(async () => (await metrics(running)).get(answers('deny', 'fail_closed'))).toBeGreaterThan(20);
    expect((await metrics(running)).get(answers('allow'))).toBe(0);
  });

  it('counts an answer that never comes as an error', async () => {
    const running = await start({ rate: 200 });
    const effect = { kind: 'drop-before' } as const;
    running.control.arm({ kind: 'call', operationId: 'submitIntent', effect, times: 'always', caller: 'router' });
    await setShare(running, 100);
    await expect.poll(async () => (await metrics(running)).get(answers('deny', 'error'))).toBeGreaterThan(10);
    expect((await metrics(running)).get(answers('allow'))).toBe(0);
  });

  it('drops requests instead of piling them up when the platform is slow, and counts them nowhere', async () => {
    const running = await start({ rate: 2000 });
    const effect = { kind: 'slow', ms: 2000 } as const;
    running.control.arm({ kind: 'call', operationId: 'submitIntent', effect, times: 'always', caller: 'router' });
    await setShare(running, 50);
    await expect.poll(() => running.control.state().traffic.dropped).toBeGreaterThan(50);
    const counted = await metrics(running);
    expect(counted.get(routed('bypass'))).toBe(counted.get(routed('intended')));
    expect(running.control.state().traffic.inFlight).toBeLessThanOrEqual(128);
  });
});

describe('the metrics', () => {
  it('are complete before the first request', async () => {
    const counted = await metrics(await start());
    expect(counted.get(answers('allow'))).toBe(0);
    expect(counted.get(COUNT)).toBe(0);
    expect(counted.get('process_start_time_seconds')).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('have a bucket edge at every limit of the example plan, and buckets that add up', async () => {
    const running = await start({ rate: 500 });
    await setShare(running, 100);
    await expect.poll(async () => (await metrics(running)).get(COUNT)).toBeGreaterThan(50);
    const counted = await metrics(running);
    const bucket = (edge: string) =>
      counted.get(`golive_request_duration_seconds_bucket{tenant="tenant_acme_prod",le="${edge}"}`);
    const edges = ['0.06', '0.15', '0.4', '+Inf'].map((edge) => bucket(edge) ?? NaN);
    expect(edges).toEqual(edges.toSorted((a, b) => a - b));
    expect(edges.at(-1)).toBe(counted.get(COUNT));
  });

  it('speak OpenMetrics to who asks for it', async () => {
    const running = await start();
    const accept = 'application/openmetrics-text; version=1.0.0';
    const answer = await fetch(`${running.url}/router/metrics`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toContain('application/openmetrics-text');
    const text = await answer.text();
    expect(text).toContain('# TYPE golive_requests counter\n');
    expect(text).toContain('le="1.0"');
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});
