import { lstat, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { digestOfBytes, hexOf } from './digest.ts';
import { codeOf, createWhole, makeDirectory, readWhole, writeTail } from './durable-file.ts';
import { withLock } from './file-lock.ts';
import { byPath, partsOf } from './paths.ts';
import { EvidenceProblem } from './problem.ts';
import type { Protection } from './protection.ts';
import type { EvidenceStore, StoredFile } from './store.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

const NEWLINE = 0x0a;

/** Evidence in a directory of this machine, made when something is first written. */
export function openFileStore(directory: string): EvidenceStore {
  return new FileStore(directory);
}

class FileStore implements EvidenceStore {
  readonly #root: string;
  /** Half-written files and locks live here, outside of every run's folder: what lies in that folder is evidence. */
  readonly #scratch: string;

  constructor(directory: string) {
    this.#root = resolve(directory);
    this.#scratch = join(this.#root, '.golive');
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await translated(path, async () => {
      const target = await this.#placeFor(path);
      if (await createWhole(this.#scratch, target, bytes)) return;
      if (!(await readWhole(target)).equals(bytes)) throw new EvidenceProblem('conflict', `${path}: holds other bytes`);
    });
  }

  async read(path: string): Promise<Uint8Array> {
    return translated(path, async () => readWhole(await this.#locate(path)));
  }

  async exists(path: string): Promise<boolean> {
    return translated(path, async () => isThere(await this.#locate(path)));
  }

  async protectionOf(path: string): Promise<Protection> {
    if (await this.exists(path)) return { kind: 'create-only' };
    throw new EvidenceProblem('missing', `${path}: is not in the store`);
  }

  async list(folder: string): Promise<readonly StoredFile[]> {
    return translated(folder, async () => {
      const place = await this.#locate(folder);
      return (await isThere(place)) ? (await filesBelow(place, folder)).sort(byPath) : [];
    });
  }

  async appendLines(path: string, next: (stored: string) => string): Promise<void> {
    await translated(path, async () => {
      const target = await this.#placeFor(path);
      const lock = join(this.#scratch, `lock-${hexOf(digestOfBytes(Buffer.from(path))).slice(0, 32)}`);
      await withLock(lock, () => extend(target, next));
    });
  }

  async #placeFor(path: string): Promise<string> {
    const target = await this.#locate(path);
    await makeDirectory(this.#scratch);
    await makeDirectory(dirname(target));
    return target;
  }

  /** A link below the root could lead anywhere, so none is followed. */
  async #locate(path: string): Promise<string> {
    let place = this.#root;
    for (const part of partsOf(path)) {
      place = join(place, part);
      const status = await lstat(place).catch(ignoreMissing);
      if (status?.isSymbolicLink() === true) throw new EvidenceProblem('unsafe-path', `${path}: there is a link in it`);
    }
    return place;
  }
}

async function extend(target: string, next: (stored: string) => string): Promise<void> {
  const stored = (await readWhole(target).catch(ignoreMissing)) ?? Buffer.alloc(0);
  // A writer that died while writing left no newline: that line was never acknowledged, so it may go.
  const whole = stored.lastIndexOf(NEWLINE) + 1;
  const text = decodeUtf8(stored.subarray(0, whole));
  if (text === undefined) throw new EvidenceProblem('broken', 'the lines are not UTF-8');
  const lines = next(text);
  if (lines !== '' && !lines.endsWith('\n')) throw new EvidenceProblem('unusable', 'a line without an end');
  // Also with nothing to add: whoever wrote these lines may have died before they were synced.
  if (lines === '' && stored.length === 0) return;
  const isWritten = await writeTail(target, { size: stored.length, position: whole }, Buffer.from(lines));
  if (!isWritten) throw new EvidenceProblem('busy', 'another writer has added lines meanwhile');
}

async function filesBelow(place: string, path: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const entry of await readdir(place, { withFileTypes: true })) {
    const [inside, named] = [join(place, entry.name), `${path}/${entry.name}`];
    if (entry.isDirectory()) files.push(...(await filesBelow(inside, named)));
    else if (entry.isFile()) files.push({ path: named, sizeBytes: (await lstat(inside)).size });
    else throw new EvidenceProblem('unsafe-path', `${named}: is neither a file nor a directory`);
  }
  return files;
}

async function isThere(place: string): Promise<boolean> {
  return (await lstat(place).catch(ignoreMissing)) !== undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

/** Messages of the file system name places on the machine; ours name places in the store. */
async function translated<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') throw new EvidenceProblem('missing', `${path}: is not in the store`);
    if (code === 'ELOOP') throw new EvidenceProblem('unsafe-path', `${path}: there is a link in it`);
    throw new EvidenceProblem('unavailable', `${path}: the store answered ${code}`);
  }
}
