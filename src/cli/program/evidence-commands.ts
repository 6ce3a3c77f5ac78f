import { Option, type Command } from '@commander-js/extra-typings';
import { exitCodesHelp, perform, type Stage } from './stage.ts';

const PLACE = 'the bundle: a directory, or s3://bucket/path';

/** `golive evidence …`: needs no server. */
export function addEvidenceCommands(program: Command, stage: Stage): void {
  const evidence = program.command('evidence').description('the sealed evidence of a run');
  addVerify(evidence, stage);
  evidence
    .command('show')
    .argument('<path>', PLACE)
    .description('how a run ended, who decided what, and every step with its verdict')
    .option('--json', 'one JSON object')
    .action((place, options) =>
      perform(stage, options, async (surroundings) => {
        const { showEvidence } = await import('../evidence/show.ts');
        return showEvidence(place, options, surroundings);
      }),
    );
  evidence
    .command('control')
    .argument('<item>', 'an item of the runbook, such as C4, or a step')
    .argument('<path>', PLACE)
    .description(
      'what there is about one item of the runbook: what was found, the facts behind it, and who vouched for it',
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', exitCodesHelp(['done', 'passed'], ['failed', 'did not pass'], ['usage', 'usage']))
    .action((item, place, options) =>
      perform(stage, options, async (surroundings) => {
        const { showControl } = await import('../evidence/control.ts');
        return showControl(item, place, options, surroundings);
      }),
    );
}

function addVerify(evidence: Command, stage: Stage): void {
  evidence
    .command('verify')
    .argument('<path>', PLACE)
    .description(
      'evaluates a bundle again, offline: files, seal, order, approvals, and every window from its raw samples',
    )
    .option('--key <file>', 'public key of the service that sealed it, in PEM, from elsewhere than the bundle')
    .addOption(
      new Option('--approvers <file>', 'key set of those who vouch for approvers; can be repeated')
        .argParser((file: string, former: readonly string[]) => [...former, file])
        .default([] as readonly string[], 'those in the bundle'),
    )
    .option('--manifest <digest>', "digest of the manifest as the run's result names it, sha256:…")
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      exitCodesHelp(
        ['done', 'nothing is broken'],
        ['failed', 'it does not verify'],
        ['usage', 'usage'],
        ['unreachable', 'the bucket cannot be read'],
      ),
    )
    .action((place, options) =>
      perform(stage, options, async (surroundings) => {
        const { verifyEvidence } = await import('../evidence/verify.ts');
        return verifyEvidence(place, options, surroundings);
      }),
    );
}
