import type { Asker } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';

export const WHY = 'Why? It is kept as evidence.';

/** What an option or a variable says; one that was left blank says nothing. */
export function given(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/**
 * What a person answers who was not told it by an option.
 * @throws {CommandFailed} that names the option, where nobody can be asked
 */
export function told(ask: Asker | undefined, question: string, option: string): Promise<string> {
  if (ask === undefined) throw new CommandFailed(`${option} is needed where nobody can be asked.`, EXIT.usage);
  return ask.text(question);
}
