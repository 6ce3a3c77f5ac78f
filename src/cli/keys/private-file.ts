import { resolve } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { writeNew } from '../write-new.ts';

const OWNER_ONLY = 0o600;

/**
 * Writes a private key where only its owner can read it, and never over a file: it could be the only copy of another key.
 * @throws {CommandFailed} when the file is there or cannot be written
 */
export function writePrivate(file: string, text: string): Promise<void> {
  return writeNew(file, text, { mode: OWNER_ONLY });
}

/** @throws {CommandFailed} when both halves of a key would go into one file, which somebody would then publish */
export function refuseOneFile(privateFile: string, publicFile: string): void {
  if (resolve(privateFile) !== resolve(publicFile)) return;
  throw new CommandFailed(`--out and --public are one file, ${privateFile}: name two.`, EXIT.usage);
}
