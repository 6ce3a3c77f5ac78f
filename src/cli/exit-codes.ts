import type { Progress } from '../domain/run.ts';

/** How the command line ends; part of the contract (docs/design.md, "Contracts"). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  rolledBack: 4,
  needsHands: 5,
  unreachable: 6,
} as const;

/** The exit code of a go-live that stands like this; `failed` for one that has not ended. */
export function exitCodeOf({ state, steps }: Pick<Progress, 'state' | 'steps'>): number {
  switch (state) {
    case 'live':
      return EXIT.done;
    case 'rolled-back':
      return EXIT.rolledBack;
    case 'rejected':
      return EXIT.refused;
    case 'canceled':
      return steps.some(({ id }) => id === 'kill-switch-on') ? EXIT.rolledBack : EXIT.refused;
    case 'rollback-incomplete':
      return EXIT.needsHands;
    case 'checking':
    case 'blocked':
    case 'waiting':
    case 'held':
    case 'watching':
    case 'rolling-back':
      return EXIT.failed;
  }
}
