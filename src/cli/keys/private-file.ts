import { access, writeFile } from 'node:fs/promises';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';

const OWNER_ONLY = 0o600;

/**
 * Writes a private key where only its owner can read it, and never over a file: it could be the only copy of another key.
 * @throws {CommandFailed} when the file is there or cannot be written
 */
export async function writePrivate(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: OWNER_ONLY });
  } catch {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere)
      throw new CommandFailed(`${file} is there already and is not written over: name another file.`, EXIT.refused);
    throw new CommandFailed(`${file} cannot be written.`);
  }
}
