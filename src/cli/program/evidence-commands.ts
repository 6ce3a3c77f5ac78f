import type { Command } from '@commander-js/extra-typings';
import { perform, type Stage } from './stage.ts';

/** `golive evidence …`: needs no server. */
export function addEvidenceCommands(program: Command, stage: Stage): void {
  program
    .command('evidence')
    .description('the sealed evidence of a run')
    .command('verify')
    .argument('<directory>', 'the bundle')
    .description('recomputes every digest of a bundle and the chain of its journal, offline')
    .option('--manifest <digest>', "digest of the manifest as the run's result names it, sha256:…")
    .option('--json', 'one JSON object')
    .action((directory, options) =>
      perform(stage, options, async (surroundings) => {
        const { verifyEvidence } = await import('../verify-evidence.ts');
        return verifyEvidence(directory, options, surroundings);
      }),
    );
}
