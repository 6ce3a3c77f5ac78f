import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench [-- --json] [-- --seed NUMBER]
       npm run bench -- breach [--runs NUMBER] [--seed NUMBER]
       npm run bench -- abort [--runs NUMBER] [--seed NUMBER]
       npm run bench -- windows

Measures goLive beside a bare Temporal workflow of the same shape, on one dev server in one run (at most five minutes).
Prints a table and writes bench/latest.json. Exit code 0: every bar is met; 1: one is missed, or it could not be
measured; 2: usage.

  breach         how soon a breach is followed by the first step back, in whole go-lives, with the watcher alive and
                 killed; a quarter of a minute for each of them
  abort          how soon an abort is followed by a kill switch that is read back and denies, in whole go-lives; a quarter
                 of a minute for each of them
  windows        how 500 windows are watched in one process; a minute

  --runs NUMBER  of the breach, with each fate of the watcher, or of the abort (default 50)
  --json         print what bench/latest.json holds instead of the table
  --seed NUMBER  for the order of the pairs, the pauses of the people and the moments of the breaches (default 1)
  --help         print this`;

export type Options =
  | { readonly kind: 'help' }
  | { readonly kind: 'measure'; readonly json: boolean; readonly seed: number }
  | { readonly kind: 'breach' | 'abort'; readonly runs: number; readonly seed: number }
  | { readonly kind: 'windows' };

/** The command line, or `undefined` when it makes no sense. */
export function parseOptions(args: readonly string[]): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        runs: { type: 'string', default: '50' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return { kind: 'help' };
    if (positionals.length > 1 || !isNumber(values.seed) || !isNumber(values.runs)) return undefined;
    const [seed, runs] = [Number(values.seed), Number(values.runs)];
    switch (positionals[0]) {
      case undefined:
        return { kind: 'measure', json: values.json, seed };
      case 'breach':
      case 'abort':
        return runs > 0 ? { kind: positionals[0], runs, seed } : undefined;
      case 'windows':
        return { kind: 'windows' };
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
