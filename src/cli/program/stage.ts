import { EXIT } from '../exit-codes.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';

/** Where commands are performed: what they are given, and who is told how they ended. */
export interface Stage {
  readonly surroundings: Surroundings;
  readonly end: (exitCode: number) => void;
}

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
    end(await command(surroundings));
  } catch (error) {
    if (!json || !(error instanceof CommandFailed)) throw error;
    surroundings.out.write(`${JSON.stringify({ error: error.message, exitCode: error.exitCode })}\n`);
    end(error.exitCode);
  }
}

/** Shown below the help of a command: only the codes that it can end with. */
export function exitCodesHelp(...codes: readonly (readonly [keyof typeof EXIT, string])[]): string {
  return `\nExit codes: ${codes.map(([code, meaning]) => `${EXIT[code]} ${meaning}`).join(', ')}.`;
}
