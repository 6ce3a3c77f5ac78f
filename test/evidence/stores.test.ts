import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { appendEntries, verifyJournal } from '../../src/evidence/journal.ts';
import { openS3Store, type S3Place } from '../../src/evidence/s3/s3-store.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { bucketPlace } from './bucket-place.ts';
import { BucketServer } from './bucket-server.ts';
import { entriesFrom } from './entries.ts';
import { emptyDirectory, problemOf, RUN } from './places.ts';

const bytes = (text: string) => Buffer.from(text);

/** A bucket of somebody's, where the tests are told of one; it is left as full as they make it. */
function placeInEnvironment(environment: NodeJS.ProcessEnv): S3Place | undefined {
  const {
    GOLIVE_S3_ENDPOINT: endpoint,
    GOLIVE_S3_BUCKET: bucket,
    GOLIVE_S3_REGION: region = 'us-east-1',
  } = environment;
  const { GOLIVE_S3_ACCESS_KEY_ID: accessKeyId, GOLIVE_S3_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) return undefined;
  const objectLock = environment['GOLIVE_S3_LOCK'] === undefined ? 'none' : ({ mode: 'GOVERNANCE', days: 1 } as const);
  return {
    endpoint,
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    objectLock,
    prefix: `golive-tests/${randomUUID()}/`,
  };
}

async function bucketOfTheTest(): Promise<S3Place> {
  const server = await BucketServer.start();
  onTestFinished(() => server.stop());
  return bucketPlace(server.endpoint);
}

const somebodys = placeInEnvironment(process.env);
/** Opens a second way to the same place, as another worker would. */
type Open = () => EvidenceStore;
const STORES: readonly [string, () => Promise<Open>][] = [
  [
    'a file store',
    () => {
      const directory = join(emptyDirectory(), 'not', 'there', 'yet');
      return Promise.resolve(() => openFileStore(directory));
    },
  ],
  [
    'a bucket of the test',
    async () => {
      const place = await bucketOfTheTest();
      return () => openS3Store(place);
    },
  ],
];

describe.each(STORES)('%s', (_, place) => {
  conformance(place);
});

describe('the bucket that GOLIVE_S3_ENDPOINT and its companions name', () => {
  beforeEach((context) =>
    context.skip(somebodys === undefined, 'GOLIVE_S3_ENDPOINT and its companions name no bucket'),
  );
  conformance(() =>
    Promise.resolve(() => openS3Store({ ...(somebodys as S3Place), prefix: `golive-tests/${randomUUID()}/` })),
  );
});

/** What every store promises (`store.ts`). */
function conformance(place: () => Promise<Open>): void {
  test('gives back what was put, byte for byte, under every sign that a path may have', async () => {
    const store = (await place())();
    const paths = ['a/b/c.json', 'tenant_1/x@y=z+1-2._', 'UPPER/lower'];
    const content = Buffer.from([0, 255, 10, 13, 0xe2, 0x82, 0xac]);
    for (const path of paths) {
      await store.put(path, content);
      expect(Buffer.from(await store.read(path)).equals(content)).toBe(true);
      expect(await store.exists(path)).toBe(true);
    }
    await store.put('empty/file', Buffer.alloc(0));
    expect((await store.read('empty/file')).length).toBe(0);
    expect(await store.exists('a/b/d.json')).toBe(false);
  });

  test('takes the same bytes twice and never replaces other bytes', async () => {
    const store = (await place())();
    await store.put('a.json', bytes('1'));
    await store.put('a.json', bytes('1'));
    expect(await problemOf(() => store.put('a.json', bytes('2')))).toBe('conflict');
    expect(Buffer.from(await store.read('a.json')).toString()).toBe('1');
  });

  test('lets exactly one of many writers of different bytes win', async () => {
    const open = await place();
    const texts = Array.from({ length: 12 }, (__, index) => `text ${index}`);
    const problems = await Promise.all(texts.map((text) => problemOf(() => open().put('a/b', bytes(text)))));
    expect(problems.filter((problem) => problem === 'none')).toHaveLength(1);
    expect(problems.filter((problem) => problem === 'conflict')).toHaveLength(11);
    expect(Buffer.from(await open().read('a/b')).toString()).toBe(texts[problems.indexOf('none')]);
  });

  test('lists files of a folder at any depth in order of their paths, and nothing else', async () => {
    const store = (await place())();
    for (const path of ['run/b', 'run/a/z', 'run/a/Y', 'run2/c', 'other/c']) await store.put(path, bytes(path));
    expect(await store.list('run')).toEqual([
      { path: 'run/a/Y', sizeBytes: 7 },
      { path: 'run/a/z', sizeBytes: 7 },
      { path: 'run/b', sizeBytes: 5 },
    ]);
    expect(await store.list('nowhere')).toEqual([]);
  });

  test('says that a file is missing', async () => {
    const store = (await place())();
    expect(await problemOf(() => store.read('a/b'))).toBe('missing');
    expect(await problemOf(() => store.protectionOf('a/b'))).toBe('missing');
  });

  test('says how what it holds is protected', async () => {
    const store = (await place())();
    await store.put('a/b', bytes('1'));
    await store.appendLines('a/lines', () => 'one\n');
    for (const path of ['a/b', 'a/lines'])
      expect((await store.protectionOf(path)).kind).toMatch(/^(?:create-only|object-lock)$/);
  });

  test.each([
    '',
    '/etc/passwd',
    '../a',
    'a/../b',
    'a//b',
    'a/',
    './a',
    'a/.hidden',
    '.golive/x',
    'a\0b',
    'a\\b',
    'a b',
    'é',
    'a?b',
    'a%2Fb',
  ])('refuses the path %j', async (path) => {
    const store = (await place())();
    expect(await problemOf(() => store.put(path, bytes('1')))).toBe('unsafe-path');
    expect(await problemOf(() => store.read(path))).toBe('unsafe-path');
    expect(await problemOf(() => store.exists(path))).toBe('unsafe-path');
    expect(await problemOf(() => store.list(path))).toBe('unsafe-path');
    expect(await problemOf(() => store.appendLines(path, () => 'x\n'))).toBe('unsafe-path');
  });

  test('adds lines after those that are there, and stays as it is when the writer adds none or changes its mind', async () => {
    const store = (await place())();
    const seen: string[] = [];
    const add = (line: string) =>
      store.appendLines('run/lines', (stored) => {
        seen.push(stored);
        return line;
      });
    await add('one\n');
    await add('');
    await add('two\n€\n');
    expect(seen).toEqual(['', 'one\n', 'one\n']);
    const refuse = () => {
      throw new RangeError('no');
    };
    await expect(store.appendLines('run/lines', refuse)).rejects.toThrow(RangeError);
    expect(await problemOf(() => store.appendLines('run/lines', () => 'no end'))).toBe('unusable');
    expect(Buffer.from(await store.read('run/lines')).toString()).toBe('one\ntwo\n€\n');
    await expect(store.appendLines('run/none', refuse)).rejects.toThrow(RangeError);
    expect(await store.exists('run/none')).toBe(false);
  });

  test('has the lines of many writers at once, each of them once', async () => {
    const open = await place();
    const numbers = Array.from({ length: 12 }, (__, index) => index);
    const add = (index: number) =>
      open().appendLines('run/lines', (stored) => `${index} ${stored.split('\n').length}\n`);
    await Promise.all(numbers.map(add));
    const lines = Buffer.from(await open().read('run/lines'))
      .toString()
      .trim()
      .split('\n');
    expect(lines.map((line) => Number(line.split(' ')[0])).sort((one, other) => one - other)).toEqual(numbers);
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual(numbers.map((index) => index + 1));
  });

  test('keeps a journal that two workers append to at once one chain without a gap', async () => {
    const open = await place();
    const append = async (batch: number) => {
      for (let next = 1; next <= 24; next += batch)
        await appendEntries(open(), RUN, entriesFrom(next, Math.min(24, next + batch - 1)));
    };
    await Promise.all([append(2), append(3)]);
    const journal = await open().read(`${RUN}/journal.jsonl`);
    expect(verifyJournal(journal)).toMatchObject({ ok: true, head: { sequence: 24 } });
  });
}
