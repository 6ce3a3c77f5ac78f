import { describe, expect, it } from 'vitest';
import { observeShare } from '../../src/activities/observed-share.ts';
import { openMetrics } from '../../src/metrics/openmetrics.ts';
import { RouterMetrics } from '../../src/sandbox/router/metrics.ts';
import { standsAt, TrafficError } from '../../src/traffic/port.ts';
import { serve } from '../support/local-server.ts';

const signal = new AbortController().signal;
const NAMES = {
  requests: 'golive_requests_total',
  duration: 'golive_request_duration_seconds',
  routed: 'golive_routed_requests_total',
};

/** A router's metrics as they are scraped; `happen` says what has happened before each look, from 1. */
async function observing(happen: (look: number, router: RouterMetrics) => unknown, longest = 1_000) {
  let looks = 0;
  let router = new RouterMetrics('tenant_acme_prod', Date.now());
  let page = (text: string) => text;
  const url = await serve((_, response) => {
    looks += 1;
    const replaced = happen(looks, router);
    if (replaced instanceof RouterMetrics) router = replaced;
    if (typeof replaced === 'function') page = replaced as typeof page;
    response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    response.end(page(router.page('openmetrics')));
  });
  const metrics = openMetrics({ targets: [`${url}/metrics?key=hush`], names: NAMES });
  return { observe: observeShare(metrics, { every: 2, longest }), looks: () => looks };
}

/** So many requests at a share, in percent. */
function route(router: RouterMetrics, requests: number, percent: number): void {
  router.routed('intended', (requests * percent) / 100);
  router.routed('bypass', (requests * (100 - percent)) / 100);
}

async function doubtOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.catch((reason: unknown) => reason);
  if (!(error instanceof TrafficError)) throw new Error('there was no doubt');
  expect(error.problem).toBe('no-answer');
  expect(error.message).not.toContain('hush');
  return error.message;
}

describe('a share that is counted', () => {
  it.each([0, 5, 25, 50, 100])('is %s % where it is, and is not waited for longer than it takes', async (percent) => {
    const { observe, looks } = await observing((_, router) => route(router, 1_000, percent));
    const share = await observe(signal);
    expect(share.percent).toBe(percent);
    expect(standsAt(share, percent)).toBe(true);
    expect([0, 5, 25, 50, 100].filter((step) => standsAt(share, step))).toEqual([percent]);
    expect(looks()).toBeLessThan(15);
  });

  it('does not stand at none while a single request goes through', async () => {
    const { observe } = await observing((look, router) => {
      route(router, 1_000, 0);
      if (look === 2) router.routed('intended');
    });
    expect(standsAt(await observe(signal), 0)).toBe(false);
  });

  it.each([
    ['nobody asks for anything', () => undefined, /^0 requests are too few/],
    [
      'hardly anybody does',
      (look: number, router: RouterMetrics) => look === 2 && route(router, 40, 50),
      /^40 requests/,
    ],
  ])('is unknown when %s', async (_, happen, problem) => {
    const { observe } = await observing(happen, 100);
    expect(await doubtOf(observe(signal))).toMatch(problem);
  });

  it('is unknown when the router was started anew', async () => {
    const { observe } = await observing((look, router) => {
      route(router, 100, 50);
      return look === 3 ? new RouterMetrics('tenant_acme_prod', Date.now()) : undefined;
    });
    expect(await doubtOf(observe(signal))).toBe('the series of the router have changed while they were counted');
  });

  it.each(['intended', 'bypass'])('is unknown when nobody counts what goes to %s', async (path) => {
    const without = (text: string) =>
      text
        .split('\n')
        .filter((line) => !line.includes(`path="${path}"`))
        .join('\n');
    const { observe } = await observing(() => without);
    expect(await doubtOf(observe(signal))).toBe(`the router does not count its requests with path="${path}"`);
  });

  it('is unknown when it moved meanwhile, although on the whole it looks like another one', async () => {
    const { observe } = await observing((look, router) => route(router, 200, look <= 6 ? 5 : 45), 1_000);
    expect(await doubtOf(observe(signal))).toBe('the share moved while it was counted');
  });

  it('is unknown when the metrics cannot be read', async () => {
    const { observe } = await observing((look) => (look === 3 ? () => 'hush' : undefined));
    expect(await doubtOf(observe(signal))).toMatch(/^127\.0\.0\.1:\d+\/metrics: /);
  });

  it('is looked for no longer than the caller wants, for the caller’s own reason', async () => {
    const controller = new AbortController();
    const { observe } = await observing((look) => look === 3 && controller.abort(new Error('relieved')), 60_000);
    await expect(observe(controller.signal)).rejects.toThrow('relieved');
    await expect(observe(controller.signal)).rejects.toThrow('relieved');
  });
});
