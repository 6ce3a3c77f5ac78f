import { readFile, rename, writeFile } from 'node:fs/promises';
import { readKeySet } from '../../approvals/key-set.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';

/**
 * The public keys in a file; none when it is not there.
 * @throws {CommandFailed} when it holds something else
 */
export async function readKeySetFile(file: string): Promise<readonly object[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const keys = keysIn(text);
  if (keys !== undefined) return keys;
  throw new CommandFailed(`${file} is not a set of public keys; nothing was added to it.`, EXIT.refused);
}

/** Writes a set of public keys. A worker that reads it meanwhile sees the old set or the new one. */
export async function writeKeySetFile(file: string, keys: readonly object[]): Promise<void> {
  const next = `${file}.${process.pid}.new`;
  await writeFile(next, `${JSON.stringify({ keys }, null, 2)}\n`);
  await rename(next, file);
}

function keysIn(text: string): readonly object[] | undefined {
  try {
    return readKeySet(JSON.parse(text))?.keys;
  } catch {
    return undefined;
  }
}
