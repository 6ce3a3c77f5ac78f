import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { emptyDirectory, problemOf } from './places.ts';

const bytes = (text: string) => Buffer.from(text);

describe('a file store', () => {
  test('gives back what was put, and makes directories as they are needed', async () => {
    const store = openFileStore(join(emptyDirectory(), 'not', 'there', 'yet'));
    await store.put('a/b/c.json', bytes('{}'));
    expect(Buffer.from(await store.read('a/b/c.json')).toString()).toBe('{}');
    expect(await store.exists('a/b/c.json')).toBe(true);
    expect(await store.exists('a/b/d.json')).toBe(false);
  });

  test('takes the same bytes twice and never replaces other bytes', async () => {
    const store = openFileStore(emptyDirectory());
    await store.put('a.json', bytes('1'));
    await store.put('a.json', bytes('1'));
    expect(await problemOf(() => store.put('a.json', bytes('2')))).toBe('conflict');
    expect(Buffer.from(await store.read('a.json')).toString()).toBe('1');
  });

  test('lets exactly one of many writers of different bytes win', async () => {
    const store = openFileStore(emptyDirectory());
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const problems = await Promise.all(texts.map((text) => problemOf(() => store.put('a/b', bytes(text)))));
    expect(problems.filter((problem) => problem === 'none')).toHaveLength(1);
    expect(Buffer.from(await store.read('a/b')).toString()).toBe(texts[problems.indexOf('none')]);
  });

  test('leaves nothing half-written behind', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await store.put('a', bytes('1'));
    await problemOf(() => store.put('a', bytes('2')));
    await store.appendLines('b', () => 'line\n');
    expect(readdirSync(join(directory, '.golive'))).toEqual([]);
  });

  test('lists files of a folder at any depth in order of their paths, and nothing of its own', async () => {
    const store = openFileStore(emptyDirectory());
    for (const path of ['run/b', 'run/a/z', 'run/a/Y', 'other/c']) await store.put(path, bytes(path));
    expect(await store.list('run')).toEqual([
      { path: 'run/a/Y', sizeBytes: 7 },
      { path: 'run/a/z', sizeBytes: 7 },
      { path: 'run/b', sizeBytes: 5 },
    ]);
    expect(await store.list('nowhere')).toEqual([]);
  });

  test('says that a file is missing', async () => {
    expect(await problemOf(() => openFileStore(emptyDirectory()).read('a/b'))).toBe('missing');
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
  ])('refuses the path %j', async (path) => {
    const store = openFileStore(emptyDirectory());
    expect(await problemOf(() => store.put(path, bytes('1')))).toBe('unsafe-path');
    expect(await problemOf(() => store.read(path))).toBe('unsafe-path');
    expect(await problemOf(() => store.list(path))).toBe('unsafe-path');
    expect(await problemOf(() => store.appendLines(path, () => 'x\n'))).toBe('unsafe-path');
  });

  test('follows no link, neither as a folder nor as a file, and lists none', async () => {
    const [directory, elsewhere] = [emptyDirectory(), emptyDirectory()];
    mkdirSync(join(directory, 'run'));
    writeFileSync(join(elsewhere, 'secret'), 'x');
    symlinkSync(elsewhere, join(directory, 'run', 'folder'));
    symlinkSync(join(elsewhere, 'secret'), join(directory, 'run', 'file'));
    const store = openFileStore(directory);
    expect(await problemOf(() => store.put('run/folder/new', bytes('1')))).toBe('unsafe-path');
    expect(await problemOf(() => store.read('run/file'))).toBe('unsafe-path');
    expect(await problemOf(() => store.appendLines('run/file', () => 'x\n'))).toBe('unsafe-path');
    expect(await problemOf(() => store.list('run'))).toBe('unsafe-path');
    expect(existsSync(join(elsewhere, 'new'))).toBe(false);
  });

  test('calls a directory that cannot be written unavailable, and names no place on the machine', async () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'file'), '');
    const put = openFileStore(join(directory, 'file')).put('a/b', bytes('1'));
    await expect(put).rejects.toMatchObject({ kind: 'unavailable', again: true });
    await expect(put).rejects.not.toThrow(directory);
  });
});

describe('lines of a file store', () => {
  test('are added after those that are there', async () => {
    const store = openFileStore(emptyDirectory());
    const seen: string[] = [];
    const add = (line: string) =>
      store.appendLines('run/lines', (stored) => {
        seen.push(stored);
        return line;
      });
    await add('one\n');
    await add('');
    await add('two\nthree\n');
    expect(seen).toEqual(['', 'one\n', 'one\n']);
    expect(Buffer.from(await store.read('run/lines')).toString()).toBe('one\ntwo\nthree\n');
  });

  test.each(['tw', '\0\0\0', '{"half": "\xe2'])(
    'lose the torn tail %j of a writer that died, and only that',
    async (torn) => {
      const directory = emptyDirectory();
      mkdirSync(join(directory, 'run'));
      writeFileSync(join(directory, 'run', 'lines'), Buffer.from(`one\n${torn}`, 'latin1'));
      const store = openFileStore(directory);
      await store.appendLines('run/lines', (stored) => (stored === 'one\n' ? 'two\n' : 'wrong\n'));
      expect(Buffer.from(await store.read('run/lines')).toString()).toBe('one\ntwo\n');
    },
  );

  test('stay as they are when the writer changes its mind', async () => {
    const store = openFileStore(emptyDirectory());
    const refuse = () => {
      throw new RangeError('no');
    };
    await expect(store.appendLines('run/lines', refuse)).rejects.toThrow(RangeError);
    expect(await store.exists('run/lines')).toBe(false);
    await store.appendLines('run/lines', () => 'one\n');
    await expect(store.appendLines('run/lines', refuse)).rejects.toThrow(RangeError);
    expect(await problemOf(() => store.appendLines('run/lines', () => 'no end'))).toBe('unusable');
    expect(Buffer.from(await store.read('run/lines')).toString()).toBe('one\n');
  });

  test('of many writers in one process are all there, once', async () => {
    const directory = emptyDirectory();
    const numbers = Array.from({ length: 25 }, (_, index) => index);
    const add = (index: number) =>
      openFileStore(directory).appendLines('run/lines', (stored) => `${index} ${stored.split('\n').length}\n`);
    await Promise.all(numbers.map(add));
    const lines = Buffer.from(await openFileStore(directory).read('run/lines'))
      .toString()
      .trim()
      .split('\n');
    expect(lines.map((line) => Number(line.split(' ')[0])).sort((one, other) => one - other)).toEqual(numbers);
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual(numbers.map((index) => index + 1));
  });
});
