import { describe, expect, it } from 'vitest';
import { PagerError, type PagerProblem } from '../../src/notify/errors.ts';
import { openPost, type Post } from '../../src/notify/post.ts';
import { nobody, serve, stalling } from '../support/local-server.ts';
import { receiver, status } from './receiver.ts';

const SECRET = 'T0KEN-of-the-webhook';
const SHORT = 300;

const post = (
  url: string,
  { by = openPost(), signal = new AbortController().signal }: { by?: Post; signal?: AbortSignal } = {},
) => by({ place: 'paging.0', url: `${url}/${SECRET}`, body: { text: 'hands are needed' }, signal });

async function problemOf(call: Promise<unknown>): Promise<PagerError> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof PagerError)) throw new Error('it was accepted, or failed otherwise', { cause: error });
  expect(error.cause).toBeUndefined();
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(SECRET);
  expect(`${error.message}`).not.toContain('127.0.0.1');
  return error;
}

describe('A pager that accepts', () => {
  it.each([200, 202, 204])('with %i has got one JSON document, once', async (code) => {
    const { url, received } = await receiver(status(code));
    expect(await post(url)).toBe(code);
    expect(received).toEqual([
      { method: 'POST', path: `/${SECRET}`, type: 'application/json', body: { text: 'hands are needed' } },
    ]);
  });

  it('has accepted when its status says so, however long its answer goes on', { timeout: 5_000 }, async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const pour = () => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
        response.once('drain', pour);
      };
      pour();
    });
    expect(await post(url)).toBe(200);
  });
});

describe('A pager that does not accept', () => {
  it.each<[number, PagerProblem, string]>([
    [301, 'refused', 'refused with 301'],
    [307, 'refused', 'refused with 307'],
    [400, 'refused', 'refused with 400'],
    [404, 'refused', 'refused with 404'],
    [429, 'throttled', 'throttled'],
    [500, 'unavailable', 'unavailable with 500'],
    [503, 'unavailable', 'unavailable with 503'],
  ])('with %i is %s, is not asked again and is followed nowhere', async (code, problem, told) => {
    const { url, received } = await receiver(status(code, { location: '/elsewhere' }));
    expect(await problemOf(post(url))).toMatchObject({ problem, message: `paging.0: ${told}` });
    expect(received).toHaveLength(1);
  });

  it.each<[string, number | undefined]>([
    ['0', 0],
    ['30', 30_000],
    ['999999999', 3_600_000],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
    ['Wed, 21 Oct 2099 07:28:00 GMT', 3_600_000],
    ['9'.repeat(400), 3_600_000],
  ])('and asks to be left alone for %s', async (header, wait) => {
    const { url } = await receiver(status(429, { 'retry-after': header }));
    expect((await problemOf(post(url))).retryAfterMs).toBe(wait);
  });

  it('because nobody is there', async () => {
    expect(await problemOf(post(await nobody()))).toMatchObject({
      problem: 'no-answer',
      message: 'paging.0: no answer',
    });
  });

  it('because it hangs up', async () => {
    const url = await serve((request) => request.socket.destroy());
    expect(await problemOf(post(url))).toMatchObject({ problem: 'no-answer' });
  });

  it('because it does not speak HTTP', async () => {
    const url = await serve((request) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(await problemOf(post(url))).toMatchObject({ problem: 'no-answer' });
  });

  it('because it does not speak TLS', async () => {
    const url = (await serve(status(200))).replace('http:', 'https:');
    expect(await problemOf(post(url))).toMatchObject({ problem: 'no-answer' });
  });
});

describe('One deadline', () => {
  const late = { problem: 'late', message: `paging.0: no answer within ${SHORT} ms` };

  it('ends a call that is never answered', async () => {
    const url = await serve(() => undefined);
    expect(await problemOf(post(url, { by: openPost(SHORT) }))).toMatchObject(late);
  });

  it('ends a handshake that never ends', async () => {
    const began = performance.now();
    expect(await problemOf(post(await stalling(), { by: openPost(SHORT) }))).toMatchObject(late);
    expect(performance.now() - began).toBeLessThan(10 * SHORT);
  });

  it('ends a wait for a connection, which earlier calls hold', async () => {
    const url = await serve(() => undefined);
    const by = openPost(SHORT);
    const problems = await Promise.all(Array.from({ length: 9 }, () => problemOf(post(url, { by }))));
    expect(problems.map(({ problem }) => problem)).toEqual(Array.from({ length: 9 }, () => 'late'));
  });

  it('is not what ends a call whose caller has gone: that has its own reason', async () => {
    const url = await serve(() => undefined);
    const caller = new AbortController();
    const call = post(url, { signal: caller.signal });
    caller.abort(new Error('the worker stops'));
    await expect(call).rejects.toThrow('the worker stops');
    await expect(post(url, { signal: caller.signal })).rejects.toThrow('the worker stops');
  });
});
