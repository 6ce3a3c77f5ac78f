import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpTraffic } from '../../src/traffic/http.ts';
import { TrafficError } from '../../src/traffic/port.ts';
import { nobody, serve } from '../support/local-server.ts';

const signal = new AbortController().signal;
const FIVE = { percent: 5, version: 'v1' };

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

async function problemOf(attempt: Promise<unknown>): Promise<TrafficError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrafficError);
  return error as TrafficError;
}

interface Router {
  readonly share: { percent: number; version: string };
  readonly calls: { method: string | undefined; authorization: string | undefined }[];
}

/** A router that keeps the contract: it moves only from the version it is at. */
function router(): Router & { listener: RequestListener } {
  const state: Router = { share: { ...FIVE }, calls: [] };
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    state.calls.push({ method: request.method, authorization: request.headers.authorization });
    if (request.method === 'PUT') {
      if (request.headers['if-match'] !== state.share.version) return void response.writeHead(412).end();
      const { percent } = JSON.parse(await text(request)) as { percent: number };
      Object.assign(state.share, { percent, version: `v${state.calls.length + 1}` });
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state.share));
  };
  return { ...state, listener: (request, response) => void listener(request, response) };
}

describe('the traffic adapter', () => {
  it('reads, moves and reads back', async () => {
    const { listener, calls } = router();
    const traffic = httpTraffic({ url: `${await serve(listener)}/share`, token: 'hush' });
    const before = await traffic.read(signal);
    expect(before).toEqual(FIVE);
    const claimed = await traffic.set(25, before, signal);
    expect(claimed).toMatchObject({ percent: 25 });
    expect(await traffic.read(signal)).toEqual(claimed);
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET']);
    expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hush']));
  });

  it('does not move what somebody else has moved', async () => {
    const { listener, share } = router();
    const traffic = httpTraffic({ url: await serve(listener) });
    const before = await traffic.read(signal);
    await traffic.set(10, before, signal);
    expect(await problemOf(traffic.set(25, before, signal))).toMatchObject({ problem: 'moved-by-somebody-else' });
    expect(share.percent).toBe(10);
  });

  it('tries once, whatever happens', async () => {
    let calls = 0;
    const url = await serve((_, response) => {
      calls += 1;
      response.destroy();
    });
    expect(await problemOf(httpTraffic({ url }).set(25, FIVE, signal))).toMatchObject({ problem: 'no-answer' });
    expect(calls).toBe(1);
  });

  it('sees a move whose answer was lost when it reads again', async () => {
    const { listener, share } = router();
    const url = await serve((request, response) => {
      if (request.method === 'GET') return listener(request, response);
      response.end = () => response.destroy();
      listener(request, response);
    });
    const traffic = httpTraffic({ url });
    expect(await problemOf(traffic.set(25, FIVE, signal))).toMatchObject({ problem: 'no-answer' });
    expect(await traffic.read(signal)).toEqual(share);
    expect(share.percent).toBe(25);
  });

  it.each([-1, 101, NaN, Infinity])('never asks for %s percent', async (percent) => {
    const { listener, calls } = router();
    const traffic = httpTraffic({ url: await serve(listener) });
    await expect(traffic.set(percent, FIVE, signal)).rejects.toThrow(RangeError);
    expect(calls).toEqual([]);
  });

  it.each([
    [500, 'no-answer'],
    [503, 'no-answer'],
    [429, 'no-answer'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [302, 'surprising-shape'],
    [204, 'surprising-shape'],
  ] as const)('takes status %s for %s, reading and moving', async (status, problem) => {
    const url = await serve(answer(status, status === 204 ? '' : FIVE, { location: '/elsewhere' }));
    const traffic = httpTraffic({ url: `${url}/share?key=hush`, token: 'hush' });
    for (const attempt of [traffic.read(signal), traffic.set(25, FIVE, signal)]) {
      const error = await problemOf(attempt);
      expect(error.problem).toBe(problem);
      expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hush');
    }
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"percent": 5}',
    '{"version": "v1"}',
    '{"percent": "5", "version": "v1"}',
    '{"percent": null, "version": "v1"}',
    '{"percent": -1, "version": "v1"}',
    '{"percent": 100.1, "version": "v1"}',
    '{"percent": 1e400, "version": "v1"}',
    '{"percent": NaN, "version": "v1"}',
    '{"percent": 5, "version": ""}',
    '{"percent": 5, "version": 1}',
    '{"percent": 5, "version": "two words"}',
    '{"percent": 5, "version": "line\\nbreak"}',
    '{"percent": 5, "version": "v1", "confirmed": true}',
    `{"percent": 5, "version": "v1"}${' '.repeat(20_000)}`,
  ])('believes no answer such as %s', async (body) => {
    const traffic = httpTraffic({ url: await serve(answer(200, body)) });
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'surprising-shape' });
    expect(await problemOf(traffic.set(25, FIVE, signal))).toMatchObject({ problem: 'surprising-shape' });
  });

  it('reads every share that is one', async () => {
    let share = FIVE;
    const traffic = httpTraffic({ url: await serve((request, response) => answer(200, share)(request, response)) });
    const version = fc.stringMatching(/^[\x21-\x7e]{1,200}$/);
    const percent = fc.double({ min: 0, max: 100, noNaN: true }).map((value) => value + 0);
    await fc.assert(
      fc.asyncProperty(fc.record({ percent, version }), async (next) => {
        share = next;
        expect(await traffic.read(signal)).toEqual(next);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['never answers', (): void => undefined],
    ['never finishes', (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200).write('{')],
  ])('is late when the router %s', async (_, listener) => {
    const traffic = httpTraffic({ url: await serve(listener), deadline: 50 });
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'late' });
  });

  it('has no answer when nobody listens', async () => {
    expect(await problemOf(httpTraffic({ url: await nobody() }).read(signal))).toMatchObject({ problem: 'no-answer' });
  });

  it('stops when the caller does, for the caller’s own reason', async () => {
    const controller = new AbortController();
    const traffic = httpTraffic({ url: await serve(() => controller.abort(new Error('relieved'))) });
    await expect(traffic.read(controller.signal)).rejects.toThrow('relieved');
    await expect(traffic.read(controller.signal)).rejects.toThrow('relieved');
  });
});
