import { Argument, InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import type { MessageName } from '../../domain/messages.ts';
import { CONTROL_IDS, GATE_IDS, STEP_IDS } from '../../domain/plan.ts';
import type { DecisionOptions } from '../decisions/deliver.ts';
import type { Compose } from '../decisions/draft.ts';
import type { Judgement } from '../decisions/review.ts';
import { exitCodesHelp, perform, type Stage } from './stage.ts';
import { workflowIdOption } from './workflow-id-option.ts';

/** What becomes of a decision, once it was composed. `compose` is called late: it loads what composes. */
type Deliver = (name: MessageName, compose: () => Promise<Compose>, options: DecisionOptions) => Promise<void>;

/** Where the decisions are added, and what has been done when they end well. */
interface Family {
  readonly parent: Command;
  readonly done: string;
}

/** A command for every message: it is shown, asked about, and sent. */
export function addDecisionCommands(program: Command, stage: Stage): void {
  addAll({ parent: program, done: 'counted' }, (name, compose, options) =>
    perform(stage, options, async (surroundings) => {
      const { deliver } = await import('../decisions/deliver.ts');
      return deliver(name, await compose(), options, surroundings);
    }),
  );
}

/** `golive sign …`: the same decisions, but the token is printed instead of sent. */
export function addSignCommands(program: Command, stage: Stage): void {
  const sign = program
    .command('sign')
    .description('signs a decision and prints the token, for sending it by other means')
    .option('--progress <file>', 'answer of the query "progress" (-: standard input), where no server can be reached');
  addAll({ parent: sign, done: 'signed' }, (name, compose, options) =>
    perform(stage, options, async (surroundings) => {
      const { sign: printToken } = await import('../decisions/sign.ts');
      return printToken(name, await compose(), { ...options, ...sign.opts() }, surroundings);
    }),
  );
}

function addAll(family: Family, deliver: Deliver): void {
  addGateCommands(family, deliver);
  addVouchingCommands(family, deliver);
  addOrderCommands(family, deliver);
}

function addGateCommands(family: Family, deliver: Deliver): void {
  decision(family, 'approve', 'approves the open gate; shows first what is approved')
    .addArgument(gate())
    .option('--reason <text>', 'why; kept as evidence')
    .action((id, options) =>
      deliver(
        'approve',
        async () => (await import('../decisions/gate.ts')).approving({ ...options, gate: id }),
        options,
      ),
    );
  decision(family, 'reject', 'rejects the open gate, which ends the go-live')
    .addArgument(gate())
    .option('--reason <text>', 'why; kept as evidence')
    .action((id, options) =>
      deliver(
        'reject',
        async () => (await import('../decisions/gate.ts')).rejecting({ ...options, gate: id }),
        options,
      ),
    );
}

function addVouchingCommands(family: Family, deliver: Deliver): void {
  decision(family, 'attest', 'vouches for controls, with the facts that were found')
    .addArgument(new Argument('[controls...]', 'default: those that wait for you by name').choices(CONTROL_IDS))
    .option('--statement <text>', 'what you vouch for')
    .option('--evidence <link>', 'what proves it')
    .option('--expires <time>', 'until when it holds: 2026-12-22T00:00:00Z, or 30d from now')
    .action((controls, options) =>
      deliver(
        'attest',
        async () => (await import('../decisions/attest.ts')).attesting({ ...options, controls }),
        options,
      ),
    );
  decision(family, 'review', 'judges the sampled denials, one after another')
    .option('--all-correct', 'every denial that is left, but for those named as incorrect')
    .addOption(
      new Option('--incorrect <id=note>', 'a denial that should have been allowed, and why; can be repeated')
        .argParser(judgement)
        .default([] as readonly Judgement[], 'none'),
    )
    .action((options) =>
      deliver('review', async () => (await import('../decisions/review.ts')).reviewing(options), options),
    );
}

function addOrderCommands(family: Family, deliver: Deliver): void {
  const orders = () => import('../decisions/orders.ts');
  decision(family, 'hold', 'freezes the traffic share; watch, deadlines and rollback go on')
    .option('--reason <text>', 'why; kept as evidence')
    .action((options) => deliver('hold', async () => (await orders()).holding(options), options));
  decision(family, 'resume', 'ends a hold')
    .option('--reason <text>', 'why; kept as evidence')
    .action((options) => deliver('resume', async () => (await orders()).resuming(options), options));
  decision(family, 'abort', 'stops the go-live and makes the platform safe')
    .option('--reason <text>', 'why; kept as evidence')
    .action((options) => deliver('abort', async () => (await orders()).aborting(options), options));
  decision(family, 'recheck', 'repeats what is blocked, after it was mended')
    .addArgument(step())
    .action((id, options) => deliver('recheck', async () => (await orders()).rechecking({ step: id }), options));
  decision(family, 'retry-rollback', 'repeats what needed hands in a rollback')
    .addArgument(step())
    .action((id, options) => deliver('retryRollback', async () => (await orders()).retrying({ step: id }), options));
}

function decision({ parent, done }: Family, name: string, description: string) {
  return parent
    .command(name)
    .description(description)
    .addOption(workflowIdOption('the only go-live that is open'))
    .option('--by <person>', 'who you are, as the plan names you; default GOLIVE_BY, or the owner of the key')
    .option('--key <file>', 'your private key, where decisions are signed; default GOLIVE_KEY')
    .option('--yes', 'do not ask')
    .option('--json', 'one JSON object a message')
    .addHelpText(
      'after',
      exitCodesHelp(
        ['done', done],
        ['failed', 'no go-live is open, or it failed'],
        ['usage', 'usage'],
        ['refused', 'refused'],
        ['unreachable', 'no answer'],
      ),
    );
}

const gate = () => new Argument('[gate]', 'default: the one that is open').choices(GATE_IDS);
const step = () => new Argument('[step]', 'default: every one that waits').choices(STEP_IDS);

function judgement(text: string, former: readonly Judgement[]): readonly Judgement[] {
  const at = text.indexOf('=');
  const [id, note] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at <= 0 || note === '') throw new InvalidArgumentError('It must be the id of a denial and a note: ID=note.');
  return [...former, { id, correct: false, note }];
}
