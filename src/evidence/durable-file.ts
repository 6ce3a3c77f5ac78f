import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const MODE = { file: 0o640, directory: 0o750 };

/** The code of a failed system call, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A name is only safe from a loss of power when the directory that holds it was synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a directory and what is missing above it, and syncs each parent that got a new name. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: MODE.directory });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/**
 * Creates a file that appears whole or not at all, and never in place of another. Answers whether it was created; false
 * means that the name was taken.
 */
export async function createWhole(scratch: string, target: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = join(scratch, randomUUID());
  try {
    await writeSynced(temporary, bytes);
    await link(temporary, target);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
    // Also when the name was taken: whoever took it may have died before this.
    await syncDirectory(dirname(target));
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', MODE.file);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Makes `bytes` the end of a file that had `size` bytes, from `position` on. At a position and not in append mode, so that a
 * writer who was interrupted repeats the same bytes in the same place instead of adding them a second time. False, and
 * nothing is written, when it has another size by now: whoever slept through the loss of its lock must not cut off what
 * others have added since.
 */
export async function writeTail(
  path: string,
  { size, position }: { readonly size: number; readonly position: number },
  bytes: Uint8Array,
): Promise<boolean> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, MODE.file);
  try {
    if ((await file.stat()).size !== size) return false;
    await file.truncate(position);
    await writeAt(file, position, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
  return true;
}

async function writeAt(file: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
