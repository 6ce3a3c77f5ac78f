import { appendFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { emptyDirectory, problemOf } from './places.ts';

const bytes = (text: string) => Buffer.from(text);

describe('a file store', () => {
  test('leaves nothing half-written behind', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await store.put('a', bytes('1'));
    await problemOf(() => store.put('a', bytes('2')));
    await store.appendLines('b', () => 'line\n');
    expect(readdirSync(join(directory, '.golive'))).toEqual([]);
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

  test('does not cut off what another writer added while this one slept', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await store.appendLines('journal', () => 'one\n');
    const sleeper = store.appendLines('journal', () => {
      appendFileSync(join(directory, 'journal'), 'two by another\nthree by another\n');
      return 'two\n';
    });
    await expect(sleeper).rejects.toMatchObject({ kind: 'busy', again: true });
    expect(Buffer.from(await store.read('journal')).toString()).toBe('one\ntwo by another\nthree by another\n');
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
});
