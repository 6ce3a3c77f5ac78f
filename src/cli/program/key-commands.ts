import { Option, type Command } from '@commander-js/extra-typings';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { perform, type Stage } from './stage.ts';

/** No person: the key that signs evidence. */
const EVIDENCE = 'evidence';
const ALGORITHMS = ['EdDSA', 'ES256'] as const;

/** `golive keys …` */
export function addKeyCommands(program: Command, stage: Stage): void {
  program
    .command('keys')
    .description('the keys with which decisions and evidence are signed')
    .command('new')
    .description('a private key in a file for its owner alone, and the public half for the operator')
    .requiredOption('--for <person>', 'whose key it is, as plans name people; or "evidence", which workers sign')
    .option('--issuer <url>', "who vouches for a person: an issuer of the operator's golive.yaml")
    .requiredOption('--out <file>', 'where the private key goes; never written over')
    .addOption(
      new Option('--group <name>', 'a group of the person; can be repeated')
        .argParser((name: string, former: readonly string[]) => [...former, name])
        .default([] as readonly string[], 'none'),
    )
    .addOption(new Option('--algorithm <name>', 'of the signatures').choices(ALGORITHMS).default('EdDSA' as const))
    .option(
      '--public <file>',
      "the operator's set of public keys, to add the public half to; for evidence its own file",
    )
    .option('--json', 'one JSON object')
    .action((options) =>
      perform(stage, options, async (surroundings) => {
        if (options.for === EVIDENCE) {
          const { newEvidenceKey } = await import('../keys/new-evidence-key.ts');
          return newEvidenceKey(options, surroundings);
        }
        const { issuer } = options;
        if (issuer === undefined)
          throw new CommandFailed('The key of a person needs --issuer: who vouches for it.', EXIT.usage);
        const { newKey } = await import('../keys/new-key.ts');
        return newKey({ ...options, issuer }, surroundings);
      }),
    );
}
