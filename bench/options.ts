import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench [-- --json] [-- --seed NUMBER]

Measures goLive beside a bare Temporal workflow of the same shape, on one dev server in one run (at most five minutes).
Prints a table and writes bench/latest.json. Exit code 0: every bar is met; 1: one is missed, or it could not be
measured; 2: usage.

  --json         print what bench/latest.json holds instead of the table
  --seed NUMBER  for the order of the pairs and the pauses of the people (default 1)
  --help         print this`;

export type Options =
  { readonly kind: 'help' } | { readonly kind: 'measure'; readonly json: boolean; readonly seed: number };

/** The command line, or `undefined` when it makes no sense. */
export function parseOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return { kind: 'help' };
    return /^\d{1,9}$/.test(values.seed)
      ? { kind: 'measure', json: values.json, seed: Number(values.seed) }
      : undefined;
  } catch {
    return undefined;
  }
}
