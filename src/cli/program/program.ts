import { Command } from '@commander-js/extra-typings';
import { addCompletionCommands } from './completion-commands.ts';
import { addDecisionCommands, addSignCommands } from './decision-commands.ts';
import { addEvidenceCommands } from './evidence-commands.ts';
import { addKeyCommands } from './key-commands.ts';
import { addPlanCommands } from './plan-commands.ts';
import { addRehearsalCommands } from './rehearsal-commands.ts';
import { addRunCommands } from './run-commands.ts';
import type { Stage } from './stage.ts';

/**
 * Every command with its arguments, but none of what it does: that is loaded when it is performed, because help is asked
 * for often and Temporal takes its time.
 */
export function createProgram(stage: Stage): Command {
  const program = new Command('golive')
    .description('Runs the go-live runbook of the authorization platform Intended as one durable Temporal workflow.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  program.commandsGroup('Try it:');
  addRehearsalCommands(program, stage);
  program.commandsGroup('Start and look:');
  addPlanCommands(program, stage);
  addRunCommands(program, stage);
  program.commandsGroup('Decide:');
  addDecisionCommands(program, stage);
  program.commandsGroup('Sign and prove:');
  addKeyCommands(program, stage);
  addSignCommands(program, stage);
  addEvidenceCommands(program, stage);
  program.commandsGroup('Other:');
  addCompletionCommands(program, stage);
  program.helpCommand('help [command]', 'help for a command');
  return program;
}
