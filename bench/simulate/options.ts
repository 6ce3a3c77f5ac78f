import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run simulate [-- --json] [-- --plans NUMBER] [-- --seed NUMBER]

Puts simulated traffic before the statistic of golive, and before rules that others follow: how often a healthy plan is
stopped, how soon a broken one is, and what traffic does that the statistic does not expect. Prints a table. Exit code 0:
every bar is shown to be met; 1: one is missed, or there were too few plans to show it; 2: usage.

  --plans NUMBER  healthy plans of 29 hours for each bar (default 10000, a few minutes; from 1000 on it can show something)
  --seed NUMBER   for everything that is drawn (default 1)
  --json          print the same as JSON instead of the table
  --help          print this`;

export type Options =
  | { readonly kind: 'help' }
  | { readonly kind: 'simulate'; readonly json: boolean; readonly plans: number; readonly seed: number };

/** The command line, or `undefined` when it makes no sense. */
export function parseOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        plans: { type: 'string', default: '10000' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return { kind: 'help' };
    const [plans, seed] = [values.plans, values.seed].map((text) =>
      /^\d{1,9}$/.test(text) ? Number(text) : undefined,
    );
    if (plans === undefined || seed === undefined || plans < 1) return undefined;
    return { kind: 'simulate', json: values.json, plans, seed };
  } catch {
    return undefined;
  }
}
