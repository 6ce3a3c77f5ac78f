import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../evidence/durable-file.ts';
import { EXIT } from './exit-codes.ts';
import { refuseEmptyPath, whyNot } from './file-problems.ts';
import { CommandFailed } from './surroundings.ts';

export interface NewFileWish {
  readonly mode?: number;
  /** What else can be done about a file that is there. */
  readonly instead?: string;
}

/**
 * Writes a file, and never over one that is there: it could be the only copy of a key.
 * @throws {CommandFailed} that says why it cannot be written
 */
export async function writeNew(file: string, text: string, wish: NewFileWish = {}): Promise<void> {
  const { mode = 0o666, instead = 'name another file' } = wish;
  refuseEmptyPath(file);
  try {
    await writeFile(file, text, { flag: 'wx', mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw notWritten(file, error);
    throw new CommandFailed(`${file} is there already and is not written over: ${instead}.`, EXIT.refused);
  }
}

export function notWritten(file: string, error: unknown): CommandFailed {
  const folder = dirname(file);
  return new CommandFailed(`${file} cannot be written: ${whyNot(error, `make the folder ${folder} first`)}.`);
}
