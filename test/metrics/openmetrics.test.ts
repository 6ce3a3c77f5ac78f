import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { openMetrics } from '../../src/metrics/openmetrics.ts';
import { MetricError } from '../../src/metrics/source.ts';
import { nobody, serve, stalling } from '../support/local-server.ts';
import { exposed } from './samples.ts';

const TEXT = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
const OPEN = { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' };
const signal = new AbortController().signal;

const answer =
  (text: string | Buffer, headers: Record<string, string> = TEXT, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);

async function problemOf(attempt: Promise<unknown>): Promise<MetricError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MetricError);
  return error as MetricError;
}

describe('a scrape', () => {
  it('reads every target at one instant', async () => {
    const targets = await Promise.all([serve(answer(exposed())), serve(answer(exposed({ allow: 7 })))]);
    const { at, series } = await openMetrics({ targets, now: () => 1234 }).snapshot(signal);
    expect(at).toBe(1234);
    expect(series).toHaveLength(8);
    expect(new Set(series.map(({ target }) => target))).toEqual(new Set(targets.map((url) => `${new URL(url).host}/`)));
  });

  it('reads OpenMetrics', async () => {
    const text = `${exposed().replace('TYPE golive_requests_total', 'TYPE golive_requests')}# EOF\n`;
    const source = openMetrics({ targets: [await serve(answer(text, OPEN))] });
    expect((await source.snapshot(signal)).series).toHaveLength(4);
  });

  it('takes other names and matchers', async () => {
    const text = exposed().replaceAll('golive_', 'acme_');
    const targets = [await serve(answer(text))];
    const names = { requests: 'acme_requests_total', duration: 'acme_request_duration_seconds' };
    expect((await openMetrics({ targets, names }).snapshot(signal)).series).toHaveLength(4);
    await problemOf(openMetrics({ targets, names, matchers: { tenant: 'acme' } }).snapshot(signal));
  });

  it('adds up only what differs by a label that somebody named', async () => {
    const tenants = ['acme', 'acme-two'].map((tenant) =>
      exposed()
        .replaceAll('{decision', `{tenant="${tenant}",decision`)
        .replaceAll('{le', `{tenant="${tenant}",le`)
        .replaceAll(/_(sum|count) /g, `_$1{tenant="${tenant}"} `)
        .replaceAll(/^[#g].*_gc_.*\n|^#.*\n/gm, ''),
    );
    const both = [await serve(answer(tenants.join('')))];
    const apart = await Promise.all(tenants.map((text) => serve(answer(text))));
    for (const targets of [both, apart]) {
      const { message } = await problemOf(openMetrics({ targets }).snapshot(signal));
      expect(message).toContain('series differ by the label tenant');
      expect((await openMetrics({ targets, sumWithout: ['tenant'] }).snapshot(signal)).series).toHaveLength(8);
    }
    expect((await openMetrics({ targets: both, matchers: { tenant: 'acme' } }).snapshot(signal)).series).toHaveLength(
      4,
    );
  });

  it('is as old as the oldest value that has a timestamp', async () => {
    const text = exposed().replace('} 900', '} 900 95000');
    const source = openMetrics({ targets: [await serve(answer(text))], now: () => 100_000 });
    expect((await source.snapshot(signal)).at).toBe(95_000);
  });

  it('asks once', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    await problemOf(openMetrics({ targets: [url] }).snapshot(signal));
    expect(asked).toBe(1);
  });
});

describe('a scrape is not a measurement of zero', () => {
  it.each([
    ['the target is overloaded', answer('', TEXT, 503), 'no-answer'],
    ['the target throttles', answer('', TEXT, 429), 'no-answer'],
    ['the target refuses', answer('', TEXT, 403), 'refused'],
    ['the path is wrong', answer('', TEXT, 404), 'refused'],
    ['it redirects', answer('', { location: '/elsewhere' }, 302), 'surprising-shape'],
    ['there is no content', answer('', TEXT, 204), 'surprising-shape'],
    ['it is empty', answer(''), 'surprising-shape'],
    ['it is HTML', answer(exposed(), { 'content-type': 'text/html' }), 'surprising-shape'],
    ['it does not say what it is', answer(exposed(), {}), 'surprising-shape'],
    ['it is compressed', answer(exposed(), { ...TEXT, 'content-encoding': 'gzip' }), 'surprising-shape'],
    ['it is not UTF-8', answer(Buffer.from([0x61, 0xff, 0x0a])), 'surprising-shape'],
    ['it begins with a byte order mark', answer(`\uFEFF${exposed()}`), 'surprising-shape'],
    ['it ends early', answer(exposed().slice(0, -1)), 'surprising-shape'],
    ['OpenMetrics has no end', answer(exposed(), OPEN), 'surprising-shape'],
    ['our metrics are missing', answer('up 1\n'), 'surprising-shape'],
    ['it is too large', answer(Buffer.alloc(17 * 1024 * 1024, '\n')), 'surprising-shape'],
    ['the connection breaks', (_: IncomingMessage, response: ServerResponse) => void response.destroy(), 'no-answer'],
    [
      'the connection breaks half-way',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { ...TEXT, 'content-length': '100000' });
        response.write(exposed(), () => response.destroy());
      },
      'no-answer',
    ],
  ] as const)('when %s', async (_, listener, problem) => {
    const url = await serve(listener);
    const error = await problemOf(openMetrics({ targets: [`${url}/metrics?token=hush`] }).snapshot(signal));
    expect(error).toMatchObject({ problem, target: `${new URL(url).host}/metrics` });
    expect(error.cause).toBeUndefined();
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('hush');
  });

  it('when one target of several has vanished', async () => {
    const targets = [await serve(answer(exposed())), await nobody()];
    const error = await problemOf(openMetrics({ targets }).snapshot(signal));
    expect(error).toMatchObject({ problem: 'no-answer', target: `${new URL(targets[1] ?? '').host}/` });
  });

  it.each([
    ['a target never answers', (): void => undefined],
    [
      'a target never finishes',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200, TEXT).write('a 1\n'),
    ],
  ])('when %s', async (_, listener) => {
    const source = openMetrics({ targets: [await serve(listener)], deadline: 50 });
    expect(await problemOf(source.snapshot(signal))).toMatchObject({ problem: 'late' });
  });

  it('when a handshake stalls: connecting has no time of its own', async () => {
    const started = performance.now();
    const source = openMetrics({ targets: [await stalling()], deadline: 50 });
    expect(await problemOf(source.snapshot(signal))).toMatchObject({ problem: 'late' });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each([
    ['too old', 79_999],
    ['from the future', 105_001],
  ])('when a value is %s', async (what, timestamp) => {
    const text = exposed().replace('} 900', `} 900 ${timestamp}`);
    const source = openMetrics({ targets: [await serve(answer(text))], now: () => 100_000 });
    const error = await problemOf(source.snapshot(signal));
    expect(error.problem).toBe('surprising-shape');
    expect(error.message).toContain(what);
  });

  it('when the caller stops it, which is the caller’s own reason', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort(new Error('relieved')));
    const source = openMetrics({ targets: [url] });
    await expect(source.snapshot(controller.signal)).rejects.toThrow('relieved');
    await expect(source.snapshot(controller.signal)).rejects.toThrow('relieved');
  });
});

it.each([[[]], [['http://a/x?1', 'http://a/x?2']], [['file:///etc/hosts']], [['nonsense']]])(
  'targets %j are refused at once',
  (targets) => {
    expect(() => openMetrics({ targets })).toThrow(/targets|URL/);
  },
);
