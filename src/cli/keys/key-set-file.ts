import { rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { readKeySet } from '../../approvals/key-set.ts';
import { EXIT } from '../exit-codes.ts';
import { readTextIfThere } from '../read-text.ts';
import { CommandFailed } from '../surroundings.ts';
import { notWritten } from '../write-new.ts';

/** Nobody decides with it, but it can be begun with. */
const emptySet = z.object({ keys: z.tuple([]) });

/**
 * The public keys in a file; none when it is not there.
 * @throws {CommandFailed} when it holds something else, or cannot be read
 */
export async function readKeySetFile(file: string): Promise<readonly object[]> {
  const text = await readTextIfThere(file);
  if (text === undefined) return [];
  const keys = keysIn(text);
  if (keys !== undefined) return keys;
  throw new CommandFailed(`${file} is not a set of public keys; nothing was added to it.`, EXIT.refused);
}

/** A set of public keys that lies beside its file, written whole. */
export interface PreparedKeySet {
  /** A worker that reads the file meanwhile sees the old set or the new one. */
  put(): Promise<void>;
  discard(): Promise<void>;
}

/** @throws {CommandFailed} when it cannot be written there */
export async function prepareKeySetFile(file: string, keys: readonly object[]): Promise<PreparedKeySet> {
  const next = `${file}.${process.pid}.new`;
  try {
    await writeFile(next, `${JSON.stringify({ keys }, null, 2)}\n`);
  } catch (error) {
    throw notWritten(file, error);
  }
  return { put: () => rename(next, file), discard: () => rm(next, { force: true }) };
}

function keysIn(text: string): readonly object[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return emptySet.safeParse(value).success ? [] : readKeySet(value)?.keys;
  } catch {
    return undefined;
  }
}
