import { Option, type Command } from '@commander-js/extra-typings';
import { PHASES } from '../../domain/plan.ts';
import { exitCodesHelp, perform, type Stage } from './stage.ts';
import { workflowIdOption } from './workflow-id-option.ts';

/** Starting go-lives and looking at them. */
export function addRunCommands(program: Command, stage: Stage): void {
  program
    .command('start')
    .argument('<plan>', 'YAML or JSON')
    .description('the go-live of a plan; one a tenant and environment at a time')
    .addOption(workflowIdOption('golive/<tenant>/<environment>'))
    .option('--config <file>', "the operator's golive.yaml, to see first whether it allows the plan")
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      exitCodesHelp(
        ['done', 'started'],
        ['failed', 'it failed'],
        ['usage', 'usage, or a file cannot be read'],
        ['refused', 'refused, or another one is open'],
        ['unreachable', 'no server'],
      ),
    )
    .action((file, options) =>
      perform(stage, options, async (surroundings) => {
        const { startGoLive } = await import('../run/start.ts');
        return startGoLive(file, options, surroundings);
      }),
    );
  program
    .command('status')
    .description('how a go-live stands, what it waits for, and the command that supplies it')
    .addOption(workflowIdOption('the only go-live that is open, or else the last one'))
    .option('--watch', 'shown until it ends; the exit code tells the outcome')
    .addOption(
      new Option('--until <event>', 'watch until it is done, or until a phase begins').choices(['done', ...PHASES]),
    )
    .addOption(
      new Option('--json', 'the answer of the progress query; watched, one JSON object a line').conflicts('plain'),
    )
    .option('--plain', 'one line an event, also on a terminal')
    .addHelpText(
      'after',
      exitCodesHelp(
        ['done', 'live, or what was waited for has come'],
        ['failed', 'no outcome, or ended from outside'],
        ['usage', 'usage, or several are open'],
        ['refused', 'rejected'],
        ['rolledBack', 'rolled back'],
        ['needsHands', 'needs hands'],
        ['unreachable', 'no server or worker'],
      ),
    )
    .action((options) =>
      perform(stage, options, async (surroundings) => {
        const { status } = await import('../run/status.ts');
        return status(options, surroundings);
      }),
    );
  program
    .command('list')
    .description('the go-lives that are open')
    .option('--all', 'also those that have ended')
    .option('--json', 'one JSON array')
    .action((options) =>
      perform(stage, options, async (surroundings) => {
        const { list } = await import('../run/list.ts');
        return list(options, surroundings);
      }),
    );
}
