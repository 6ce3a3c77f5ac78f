import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { instant, prometheusApi } from '../../src/metrics/prometheus-api.ts';
import { MetricError } from '../../src/metrics/source.ts';
import { nobody, serve, stalling } from '../support/local-server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD = { status: 'success', data: { answer: 42 } };
const QUESTION = { path: 'thing', query: { token: 'in-the-query' }, data: z.object({ answer: z.number() }) };
const TOKEN = 'bearer-of-the-test';

const answer =
  (body: unknown, headers: Record<string, string> = JSON_TYPE, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

async function problemOf(attempt: Promise<unknown>): Promise<MetricError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MetricError);
  return error as MetricError;
}

describe('a question', () => {
  it('goes below the prefix of the server, with its parameters and the bearer token, and once', async () => {
    const asked: (string | undefined)[][] = [];
    const url = await serve(({ url: path, headers }, response) => {
      asked.push([path, headers.authorization, headers.accept]);
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(GOOD));
    });
    const prometheus = prometheusApi({ url: `${url}/prometheus/?ignored`, token: TOKEN });
    expect(await prometheus.ask({ ...QUESTION, query: { 'rule_name[]': 'a&b' } })).toEqual({ answer: 42 });
    expect(asked).toEqual([['/prometheus/api/v1/thing?rule_name%5B%5D=a%26b', `Bearer ${TOKEN}`, 'application/json']]);
  });

  it('goes without a token where there is none', async () => {
    let authorization: string | undefined;
    const url = await serve(({ headers }, response) => {
      ({ authorization } = headers);
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(GOOD));
    });
    await prometheusApi({ url }).ask(QUESTION);
    expect(authorization).toBeUndefined();
  });

  it.each([[[]], [null], [undefined]])('is answered when the remarks are %j', async (none) => {
    const url = await serve(answer({ ...GOOD, warnings: none, infos: none, isPartial: false }));
    expect(await prometheusApi({ url }).ask(QUESTION)).toEqual({ answer: 42 });
  });
});

describe('no answer is', () => {
  it.each([
    ['an overloaded server', answer(GOOD, JSON_TYPE, 503), 'no-answer'],
    ['a throttling server', answer(GOOD, JSON_TYPE, 429), 'no-answer'],
    ['a server that wants another token', answer(GOOD, JSON_TYPE, 401), 'refused'],
    ['a wrong path', answer(GOOD, JSON_TYPE, 404), 'refused'],
    ['a redirect', answer(GOOD, { ...JSON_TYPE, location: '/elsewhere' }, 302), 'surprising-shape'],
    ['no content', answer('', JSON_TYPE, 204), 'surprising-shape'],
    ['an empty body', answer(''), 'surprising-shape'],
    ['HTML', answer(GOOD, { 'content-type': 'text/html' }), 'surprising-shape'],
    ['a body of no type', answer(GOOD, {}), 'surprising-shape'],
    ['a compressed body', gzipped, 'surprising-shape'],
    ['half a body', answer(JSON.stringify(GOOD).slice(0, 20)), 'surprising-shape'],
    ['an error', answer({ status: 'error', errorType: 'bad_data', error: 'no' }), 'surprising-shape'],
    ['an error with data', answer({ ...GOOD, status: 'error' }), 'surprising-shape'],
    ['data of another shape', answer({ ...GOOD, data: { answer: 'none' } }), 'surprising-shape'],
    ['no data', answer({ status: 'success' }), 'surprising-shape'],
    ['an answer with warnings', answer({ ...GOOD, warnings: ['a store did not answer'] }), 'no-answer'],
    ['an answer with hints', answer({ ...GOOD, infos: ['not a counter by its name'] }), 'no-answer'],
    ['an answer that calls itself partial', answer({ ...GOOD, isPartial: true }), 'no-answer'],
    ['warnings in another shape', answer({ ...GOOD, warnings: 'one' }), 'surprising-shape'],
    ['too much', endless, 'surprising-shape'],
    ['a broken connection', (_: IncomingMessage, response: ServerResponse) => void response.destroy(), 'no-answer'],
  ] as const)('%s', async (_, listener, problem) => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      listener(request, response);
    });
    const { host } = new URL(url);
    const error = await problemOf(prometheusApi({ url, token: TOKEN }).ask(QUESTION));
    expect(error).toMatchObject({ problem, target: `${host}/api/v1/thing` });
    expect(asked).toBe(1);
    expect(error.cause).toBeUndefined();
    for (const secret of [TOKEN, 'in-the-query'])
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
  });

  it('a server that is not there', async () => {
    expect(await problemOf(prometheusApi({ url: await nobody() }).ask(QUESTION))).toMatchObject({
      problem: 'no-answer',
    });
  });

  it.each([
    ['never answers', (): void => undefined],
    [
      'never finishes',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200, JSON_TYPE).write('{'),
    ],
  ])('a server that %s', async (_, listener) => {
    const url = await serve(listener);
    expect(await quickProblemOf(prometheusApi({ url, deadline: 50 }).ask(QUESTION))).toMatchObject({ problem: 'late' });
  });

  it('a TLS handshake that stalls: connecting has no time of its own', async () => {
    const url = await stalling();
    expect(await quickProblemOf(prometheusApi({ url, deadline: 50 }).ask(QUESTION))).toMatchObject({ problem: 'late' });
  });

  it('a caller who gives up, for the reason of the caller', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort(new Error('relieved')));
    const prometheus = prometheusApi({ url });
    await expect(prometheus.ask(QUESTION, controller.signal)).rejects.toThrow('relieved');
    await expect(prometheus.ask(QUESTION, controller.signal)).rejects.toThrow('relieved');
  });
});

it.each([
  ['2026-11-22T10:00:00.123456789+01:00', Date.UTC(2026, 10, 22, 9, 0, 0, 123)],
  ['2026-11-22T10:00:00Z', Date.UTC(2026, 10, 22, 10)],
  ['0001-01-01T00:00:00Z', -62_135_596_800_000],
])('%s is an instant', (text, milliseconds) => {
  expect(instant.parse(text)).toBe(milliseconds);
});

it.each(['', 'yesterday', '2026-11-22', '2026-13-22T10:00:00Z', '2026-11-22T10:00:00', 1_700_000_000, null])(
  '%j is none',
  (text) => {
    expect(instant.safeParse(text).success).toBe(false);
  },
);

/** The failure of a call that must fail within a second, far below the ten that undici waits for a connection. */
async function quickProblemOf(attempt: Promise<unknown>): Promise<MetricError> {
  const started = performance.now();
  const error = await problemOf(attempt);
  expect(performance.now() - started).toBeLessThan(1_000);
  return error;
}

function gzipped(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(GOOD)));
}

function endless(_: IncomingMessage, response: ServerResponse): void {
  const piece = Buffer.alloc(1024 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response
    .writeHead(200, JSON_TYPE)
    .on('drain', more)
    .on('error', () => undefined);
  more();
}
