import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpTraffic } from '../../src/traffic/http.ts';
import { nobody, serve, stalling } from '../support/local-server.ts';
import { keepsItsPromises, problemOf, signal, textOf, type Bench, type Mischief } from './conformance.ts';

const FIVE = { percent: 5, version: 'v1' };

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

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

const MISBEHAVIOUR: Readonly<Record<Mischief, (listener: RequestListener) => RequestListener>> = {
  refuses: () => answer(403, 'hush'),
  fails: () => answer(503, 'hush'),
  'never answers': () => () => undefined,
  'never finishes': () => (_, response) => void response.writeHead(200).write('{'),
  'talks nonsense': () => answer(200, '<html>hush</html>'),
  'talks too much': () => answer(200, `${JSON.stringify(FIVE)}${' '.repeat(20_000)}`),
  'hangs up': () => (_, response) => void response.destroy(),
  'moves and hangs up': (listener) => (request, response) => {
    response.end = () => response.destroy();
    listener(request, response);
  },
};

async function openBench(): Promise<Bench> {
  const { listener, share } = router();
  let next = listener;
  const url = `${await serve((request, response) => {
    const now = next;
    next = listener;
    now(request, response);
  })}/share?key=hush`;
  return {
    traffic: httpTraffic({ url, token: 'hush' }),
    hasty: httpTraffic({ url, token: 'hush', deadline: 50 }),
    move: async (percent) => void Object.assign(share, { percent, version: `${share.version}+` }),
    told: async () => share.percent,
    misbehave(mischief) {
      next = MISBEHAVIOUR[mischief](listener);
    },
    secrets: ['hush'],
  };
}

keepsItsPromises('the http adapter', openBench);

describe('the http adapter', () => {
  it('asks once for each call, with its token', async () => {
    const { listener, calls } = router();
    const traffic = httpTraffic({ url: `${await serve(listener)}/share`, token: 'hush' });
    await traffic.set(25, await traffic.read(signal), signal);
    expect(calls).toEqual([
      { method: 'GET', authorization: 'Bearer hush' },
      { method: 'PUT', authorization: 'Bearer hush' },
    ]);
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
      expect(textOf(error)).not.toContain('hush');
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

  it('has no answer when nobody listens', async () => {
    expect(await problemOf(httpTraffic({ url: await nobody() }).read(signal))).toMatchObject({ problem: 'no-answer' });
  });

  it('is late when somebody listens and says nothing, not even of the handshake', async () => {
    const traffic = httpTraffic({ url: await stalling(), deadline: 50 });
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'late' });
  });
});
