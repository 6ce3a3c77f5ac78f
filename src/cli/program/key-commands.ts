import { Option, type Command } from '@commander-js/extra-typings';
import { perform, type Stage } from './stage.ts';

const ALGORITHMS = ['EdDSA', 'ES256'] as const;

/** `golive keys …` */
export function addKeyCommands(program: Command, stage: Stage): void {
  program
    .command('keys')
    .description('the keys with which decisions are signed')
    .command('new')
    .description('a private key in a file for its owner alone, and the public half for the operator')
    .requiredOption('--for <person>', 'whose key it is, as plans name people')
    .requiredOption('--issuer <url>', "who vouches for it: an issuer of the operator's golive.yaml")
    .requiredOption('--out <file>', 'where the private key goes; never written over')
    .addOption(
      new Option('--group <name>', 'a group of the person; can be repeated')
        .argParser((name: string, former: readonly string[]) => [...former, name])
        .default([] as readonly string[], 'none'),
    )
    .addOption(new Option('--algorithm <name>', 'of the signatures').choices(ALGORITHMS).default('EdDSA' as const))
    .option('--public <file>', "the operator's set of public keys, to add the public half to")
    .option('--json', 'one JSON object')
    .action((options) =>
      perform(stage, options, async (surroundings) => {
        const { newKey } = await import('../keys/new-key.ts');
        return newKey(options, surroundings);
      }),
    );
}
