import { readdirSync } from 'node:fs';
import tab, { RootCommand, type Command as Described, type Complete } from '@bomb.sh/tab';
import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { shellWord } from '../domain/commands.ts';
import { EXIT } from './exit-codes.ts';

export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

/** Prints what teaches a shell to complete `golive`. It calls `main` by its path, however the shell knows it. */
export function printScript(shell: Shell, main: string): number {
  tab.setup('golive', [process.execPath, main].map(shellWord).join(' '), shell);
  return EXIT.done;
}

/** Prints what the last of `words` could become. */
export function complete(program: CommandUnknownOpts, words: readonly string[]): number {
  const root = new RootCommand();
  const suggest = fileNames(words.at(-1) ?? '');
  describe(program, [], root, suggest);
  root.parse([...words]);
  return EXIT.done;
}

type Suggest = (complete: Complete) => void;

/** Options whose value is a file. */
const TAKES_FILE = /^--(config|key|out|public|progress)$/;

/** Tells about a command and those below it; `path` leads to it. */
function describe(command: CommandUnknownOpts, path: readonly string[], root: RootCommand, files: Suggest): void {
  const described = path.length === 0 ? root : root.command(path.join(' '), command.description());
  const help = command.createHelp();
  for (const option of help.visibleOptions(command)) describeOption(option, described, files);
  for (const argument of command.registeredArguments) describeArgument(argument, described, files);
  for (const inner of help.visibleCommands(command)) describe(inner, [...path, inner.name()], root, files);
}

function describeOption(option: Option, described: Described, files: Suggest): void {
  const name = option.long?.replace(/^--/, '');
  if (name === undefined) return;
  const takesValue = option.required || option.optional;
  if (!takesValue) described.option(name, option.description);
  else
    described.option(name, option.description, valuesOf(option.argChoices, TAKES_FILE.test(option.long ?? ''), files));
}

function describeArgument(argument: Argument, described: Described, files: Suggest): void {
  described.argument(argument.name(), valuesOf(argument.argChoices, true, files), argument.variadic);
}

function valuesOf(choices: readonly string[] | undefined, isFile: boolean, files: Suggest): Suggest {
  if (choices !== undefined) return (complete) => choices.forEach((choice) => complete(choice, ''));
  return isFile ? files : () => undefined;
}

/** The files that a word could name: those in the folder that it names so far. */
function fileNames(word: string): Suggest {
  const folder = word.slice(0, word.lastIndexOf('/') + 1);
  return (complete) => {
    try {
      for (const entry of readdirSync(folder || '.', { withFileTypes: true })) {
        complete(`${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`, '');
      }
    } catch {
      // There is no such folder: nothing can be suggested.
    }
  };
}
