import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { whenAborted } from '../waiting.ts';

/** Where commands are performed: what they are given, and who is told how they ended. */
export interface Stage {
  readonly surroundings: Surroundings;
  readonly end: (exitCode: number) => void;
}

/** How long a command that was interrupted may take to say what has become of what it did. */
const LAST_WORD_WITHIN_MS = 500;

/**
 * Performs a command. With `json` its failure is one JSON object as well, so that whoever reads standard output reads nothing
 * else there; without, it is for {@link Stage} to tell.
 */
export async function perform(
  { surroundings, end }: Stage,
  { json }: { readonly json?: true | undefined },
  command: (surroundings: Surroundings) => Promise<number>,
): Promise<void> {
  try {
    end(await Promise.race([command(surroundings), afterLastWord(surroundings)]));
  } catch (error) {
    if (!json || !(error instanceof CommandFailed)) throw error;
    surroundings.out.write(`${JSON.stringify({ error: error.message, exitCode: error.exitCode })}\n`);
    end(error.exitCode);
  }
}

/** Ends also what does not listen, because it waits for somebody who types, or reckons. */
async function afterLastWord({ interrupted }: Surroundings): Promise<never> {
  try {
    return await whenAborted(interrupted);
  } catch (reason) {
    await delay(LAST_WORD_WITHIN_MS);
    throw reason;
  }
}

/** Shown below the help of a command: only the codes that it can end with. */
export function exitCodesHelp(...codes: readonly (readonly [keyof typeof EXIT, string])[]): string {
  return `\nExit codes: ${codes.map(([code, meaning]) => `${EXIT[code]} ${meaning}`).join(', ')}.`;
}
