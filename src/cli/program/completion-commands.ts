import { join } from 'node:path';
import { Argument, type Command } from '@commander-js/extra-typings';
import type { Stage } from './stage.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** `golive completion <shell>`, and `complete`, which the script that it prints asks at every press of Tab. */
export function addCompletionCommands(program: Command, { surroundings, end }: Stage): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .description('makes a shell complete all of this: source <(golive completion bash)')
    .action(async (shell) => {
      const { printScript } = await import('../completion.ts');
      end(printScript(shell, join(surroundings.root, 'dist', 'cli', 'main.js')));
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words) => {
      const { complete } = await import('../completion.ts');
      end(complete(program, words));
    });
}
