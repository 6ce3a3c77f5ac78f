import type { Command } from '@commander-js/extra-typings';
import { exitCodesHelp, perform, type Stage } from './stage.ts';

/** `golive plan …`: needs no server. */
export function addPlanCommands(program: Command, stage: Stage): void {
  const plan = program.command('plan').description('write a plan, check it, and see what it means');
  plan
    .command('init')
    .argument('[file]', 'YAML or, when it ends with .json, JSON', 'plan.yaml')
    .description('a plan to fill in; asks on a terminal for what it is not told')
    .option('--profile <name>', "profile of the operator's golive.yaml")
    .option('--tenant <id>', 'tenant that goes live')
    .option('--environment <name>', 'environment, as the profile names it')
    .option('--requested-by <person>', 'who asks for it; default GOLIVE_BY')
    .option('--force', 'write over a file that is there')
    .option('--json', 'one JSON object')
    .action((file, options) =>
      perform(stage, options, async (surroundings) => {
        const { initPlan } = await import('../plan/init.ts');
        return initPlan(file, options, surroundings);
      }),
    );
  plan
    .command('check')
    .argument('<file>', 'YAML or JSON')
    .description('everything that is wrong with a plan, and where')
    .option('--config <file>', "the operator's golive.yaml, to see whether it allows the plan; no secret is read")
    .option('--json', 'one JSON object')
    .addHelpText('after', exitCodesHelp(['done', 'valid'], ['usage', 'cannot be read'], ['refused', 'not valid']))
    .action((file, options) =>
      perform(stage, options, async (surroundings) => {
        const { checkPlan } = await import('../plan/check.ts');
        return checkPlan(file, options, surroundings);
      }),
    );
  plan
    .command('show')
    .argument('<file>', 'YAML or JSON')
    .description('phases, durations, gates, limits, the rollback, and the digest that people approve')
    .option('--json', 'one JSON object')
    .action((file, options) =>
      perform(stage, options, async (surroundings) => {
        const { showPlan } = await import('../plan/show.ts');
        return showPlan(file, options, surroundings);
      }),
    );
}
