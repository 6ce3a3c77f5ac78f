import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, describe, expect, test } from 'vitest';
import { sealBundle } from '../../src/evidence/bundle.ts';
import { EvidenceProblem } from '../../src/evidence/problem.ts';
import { openS3Store, type S3Place } from '../../src/evidence/s3/s3-store.ts';
import { appendEntries, verifyJournal } from '../../src/evidence/journal.ts';
import { sealTools } from '../support/sealing.ts';
import { bucketPlace } from './bucket-place.ts';
import { BucketServer, type Mischief } from './bucket-server.ts';
import { entriesFrom } from './entries.ts';
import { problemOf, RUN } from './places.ts';
import { KEYS } from './signature-v4.ts';

const bytes = (text: string) => Buffer.from(text);
const DAY = 24 * 60 * 60 * 1000;

async function bucket(changes: Partial<S3Place> = {}) {
  const server = await BucketServer.start();
  onTestFinished(() => server.stop());
  return { server, store: openS3Store({ ...bucketPlace(server.endpoint), ...changes }) };
}

/** The problem that some work ends with, which may name no key. */
async function problemIn(work: Promise<unknown>): Promise<EvidenceProblem> {
  const error: unknown = await work.then(
    () => undefined,
    (problem: unknown) => problem,
  );
  if (!(error instanceof EvidenceProblem)) throw new Error('there was no problem');
  const text = `${error.message}\n${error.stack ?? ''}`;
  for (const word of [KEYS.accessKeyId, KEYS.secretAccessKey, 'CANARY']) expect(text).not.toContain(word);
  return error;
}

describe('a bucket', () => {
  test('gets everything under its prefix, locked for as long as the configuration says', async () => {
    const { server, store } = await bucket();
    await store.put('run/a', bytes('1'));
    await store.appendLines('run/lines', () => 'one\n');
    expect(server.keys().sort()).toEqual(['evidence/run/a', 'evidence/run/lines']);
    for (const path of ['run/a', 'run/lines']) {
      const protection = await store.protectionOf(path);
      expect(protection).toMatchObject({ kind: 'object-lock', mode: 'COMPLIANCE' });
      const until = protection.kind === 'object-lock' ? Date.parse(protection.until) : 0;
      expect(Math.abs(until - Date.now() - 400 * DAY)).toBeLessThan(60_000);
    }
  });

  test('without object lock is protected by creating only', async () => {
    const { store } = await bucket({ objectLock: 'none' });
    await store.put('run/a', bytes('1'));
    expect(await store.protectionOf('run/a')).toEqual({ kind: 'create-only' });
  });

  test('is listed to its end, page by page', async () => {
    const { server, store } = await bucket();
    server.pageSize = 3;
    const paths = Array.from({ length: 10 }, (_, index) => `run/facts/${index}+@=.json`);
    for (const path of paths) await store.put(path, bytes(path));
    expect((await store.list('run')).map(({ path }) => path)).toEqual(paths);
    expect(server.asked.filter((asked) => asked === 'GET ')).toHaveLength(4);
  });

  test.each<[Mischief, string]>([
    ['server-error', 'run/a'],
    ['throttle', 'run/a'],
    ['cut', 'run/a'],
    ['lose-answer', 'run/a'],
    ['late', 'run/a'],
  ])('that answers once with %s has what was put all the same, once', async (mischief, path) => {
    const { server, store } = await bucket();
    server.wish({ method: 'PUT', mischief, delayMs: 300 });
    server.wish({ method: 'GET', mischief, delayMs: 300 });
    await store.put(path, bytes('1'));
    server.wish({ method: 'PUT', ending: 'lines', mischief, delayMs: 300 });
    await appendEntries(store, RUN, entriesFrom(1, 2));
    server.wish({ method: 'PUT', ending: '.jsonl', mischief, delayMs: 300 });
    await appendEntries(store, RUN, entriesFrom(3, 4));
    expect(Buffer.from(await store.read(path)).toString()).toBe('1');
    expect(verifyJournal(await store.read(`${RUN}/journal.jsonl`))).toMatchObject({ ok: true, head: { sequence: 4 } });
  });

  test.each<[Mischief, string]>([
    ['server-error', '500 InternalError'],
    ['throttle', '503 SlowDown'],
    ['deny', '403 AccessDenied'],
    ['cut', 'no answer'],
  ])('that keeps answering with %s is unavailable, and says so without a key', async (mischief, said) => {
    const { server, store } = await bucket();
    for (const method of ['PUT', 'GET', 'HEAD']) server.wish({ method, mischief, times: 100 });
    const calls = [
      () => store.put('run/a', bytes('1')),
      () => store.read('run/a'),
      () => store.list('run'),
      () => store.appendLines('run/lines', () => 'one\n'),
    ];
    for (const call of calls) {
      expect(await problemIn(call())).toMatchObject({ kind: 'unavailable', message: expect.stringContaining(said) });
    }
    expect(await problemOf(() => store.exists('run/a'))).toBe('unavailable');
    server.behave();
    await store.put('run/a', bytes('1'));
  });

  test.each<[Mischief, string]>([
    ['forget', 'missing'],
    ['garble', 'broken'],
    ['unlock', 'broken'],
    ['shorten', 'broken'],
  ])('that says yes and does %s is found out at once', async (mischief, kind) => {
    const { server, store } = await bucket();
    server.wish({ method: 'PUT', mischief });
    expect(await problemOf(() => store.put('run/a', bytes('1')))).toBe(kind);
    server.wish({ method: 'PUT', mischief });
    expect(await problemOf(() => store.appendLines('run/lines', () => 'one\n'))).toBe(kind);
  });

  test('that is another one, or for other keys, or in another region, is unavailable', async () => {
    const wrong: Partial<S3Place>[] = [
      { bucket: 'bucket-of-nobody' },
      { secretAccessKey: 'another CANARY' },
      { accessKeyId: 'AKIACANARY' },
      { region: 'us-east-1' },
    ];
    for (const change of wrong) {
      const { store } = await bucket(change);
      for (const call of [() => store.put('run/a', bytes('1')), () => store.read('run/a'), () => store.list('run')])
        expect(await problemIn(call())).toMatchObject({ kind: 'unavailable' });
    }
  });

  test('that nobody serves is unavailable', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { store } = await bucket({ endpoint: `http://127.0.0.1:${port}` });
    expect((await problemIn(store.read('run/a'))).message).toContain('ECONNREFUSED');
  });
});

describe('a bundle in a bucket', () => {
  const input = {
    golive: 'golive/tenant_acme_prod/production',
    at: '2026-11-23T15:00:00Z',
    outcome: 'live',
    rehearsal: false,
    tenant: 'tenant_acme_prod',
    environment: 'production',
    plan: { summary: 'Payments agents' },
    progress: { state: 'live' },
    policies: [],
  } as const;

  async function recorded() {
    const { server, store } = await bucket();
    await appendEntries(store, RUN, entriesFrom(1, 3));
    return { server, store };
  }

  test('is sealed with the lock as its receipt, which lies beside the number that it took', async () => {
    const { store } = await recorded();
    const sealed = await sealBundle(store, RUN, input, sealTools());
    expect(sealed.protection).toMatchObject({ kind: 'object-lock', mode: 'COMPLIANCE' });
    const receipt = Buffer.from(await store.read('tenant_acme_prod/production/bundles/1.sealed.json')).toString();
    expect(JSON.parse(receipt)).toMatchObject({ manifest: sealed.manifest, protection: sealed.protection });
  });

  test.each<[Mischief, string, string]>([
    ['forget', 'previous.json', 'missing'],
    ['unlock', 'manifest.json', 'broken'],
    ['shorten', 'journal.jsonl', 'broken'],
    ['garble', 'manifest.dsse.json', 'broken'],
    ['server-error', 'manifest.json', 'none'],
    ['lose-answer', 'manifest.dsse.json', 'none'],
  ])('is not sealed, or sealed as it should be, when the store does %s to %s', async (mischief, ending, kind) => {
    const { server, store } = await recorded();
    server.wish({ method: 'PUT', ending, mischief });
    expect(await problemOf(() => sealBundle(store, RUN, input, sealTools()))).toBe(kind);
    expect(await store.exists('tenant_acme_prod/production/bundles/1.sealed.json')).toBe(kind === 'none');
  });

  test('changed behind our back after it was put is found by the seal', async () => {
    const { server, store } = await recorded();
    await store.put(`${RUN}/plan.json`, bytes('{"summary":"Payments agents"}'));
    server.overwrite(`evidence/${RUN}/plan.json`, '{"summary":"Payments agentz"}');
    expect(await problemOf(() => sealBundle(store, RUN, input, sealTools()))).toBe('conflict');
  });
});
