import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { FAULTS } from '../faults.ts';
import { exitCodesHelp, type Stage } from './stage.ts';

const A_DAY_A_MINUTE = 1440;
const FASTEST = 10_000;

/** Everything on this machine: server, sandbox and worker. */
export function addRehearsalCommands(program: Command, { surroundings, end }: Stage): void {
  program
    .command('rehearse')
    .description('a whole go-live against a sandbox of the platform, with everything it needs')
    .addOption(fault())
    .option('--by-hand', 'you decide instead of the people of the sandbox')
    .addOption(speed())
    .addOption(new Option('--json', 'one JSON object a line').conflicts('plain'))
    .option('--plain', 'one line an event, also on a terminal')
    .addHelpText(
      'after',
      exitCodesHelp(
        ['done', 'live'],
        ['failed', 'failed'],
        ['usage', 'usage'],
        ['refused', 'rejected'],
        ['rolledBack', 'rolled back'],
        ['needsHands', 'needs hands'],
      ),
    )
    .action(async (options) => {
      const { rehearse } = await import('../rehearse.ts');
      end(await rehearse(options, surroundings));
    });
  program
    .command('dev')
    .description('server, UI, sandbox and worker, until Ctrl-C: for starting and approving by hand')
    .addOption(fault())
    .option('--signed', 'decisions have to be signed')
    .addOption(speed())
    .action(async (options) => {
      const { dev } = await import('../dev.ts');
      end(await dev(options, surroundings));
    });
}

const fault = () => new Option('--fault <fault>', 'what goes wrong').choices(FAULTS);
const speed = () =>
  new Option('--speed <times>', 'how many times faster than the real clock')
    .argParser(speedOf)
    .default(A_DAY_A_MINUTE, `${A_DAY_A_MINUTE}, a day a minute`);

function speedOf(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number >= 1 && number <= FASTEST) return number;
  throw new InvalidArgumentError(`It must be a number between 1 and ${FASTEST}.`);
}
