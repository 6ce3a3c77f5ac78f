import { readFile } from 'node:fs/promises';
import { codeOf } from '../evidence/durable-file.ts';
import { EXIT } from './exit-codes.ts';
import { refuseEmptyPath, whyNot } from './file-problems.ts';
import { CommandFailed } from './surroundings.ts';

/**
 * The text of a file that somebody named.
 * @throws {CommandFailed} that says why it cannot be read
 */
export async function readText(file: string): Promise<string> {
  const text = await readTextIfThere(file);
  if (text === undefined) throw new CommandFailed(`${file} cannot be read: there is no such file.`, EXIT.usage);
  return text;
}

/**
 * The same where a file may be missing: then undefined.
 * @throws {CommandFailed} that says why it cannot be read although something is there
 */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  refuseEmptyPath(file);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new CommandFailed(`${file} cannot be read: ${whyNot(error, 'there is no such file')}.`, EXIT.usage);
  }
}
