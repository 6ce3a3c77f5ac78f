import { codeOf } from '../evidence/durable-file.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailed } from './surroundings.ts';

/**
 * A path that a script left empty would stand for the current directory.
 * @throws {CommandFailed} for such a one
 */
export function refuseEmptyPath(path: string): void {
  if (path.trim() === '') throw new CommandFailed('A path is empty: say which file is meant.', EXIT.usage);
}

/** Why the system did not let somebody at a file. `missing`: what is said when it, or the way to it, is not there. */
export function whyNot(error: unknown, missing: string): string {
  const code = codeOf(error);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return missing;
    case 'EISDIR':
      return 'it is a directory, name a file';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'you are not permitted to';
    default:
      return `the system says ${code ?? 'nothing about why'}`;
  }
}
