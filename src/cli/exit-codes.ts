import { hasGoneBack } from '../domain/requests.ts';
import type { Progress } from '../domain/run.ts';

/** How the command line ends; part of the contract (docs/design.md, "Contracts"). Interrupted, it is 128 and the signal. */
export const EXIT = {
  /** It was done: a decision counted, a plan is valid, a go-live is live. */
  done: 0,
  /** It was not done, or a go-live ended without an outcome. */
  failed: 1,
  /** The command line itself cannot be used like this. */
  usage: 2,
  /** Somebody or something said no: a plan, a decision, a second go-live, a go-live before any traffic. */
  refused: 3,
  /** The go-live was rolled back. */
  rolledBack: 4,
  /** A rollback could not be finished without a person. */
  needsHands: 5,
  /** No Temporal server or no worker answered in time: what was asked for may or may not have happened. */
  unreachable: 6,
} as const;

/** The exit code of a go-live that stands like this; `failed` for one that has not ended. */
export function exitCodeOf(progress: Pick<Progress, 'state' | 'steps'>): number {
  switch (progress.state) {
    case 'live':
      return EXIT.done;
    case 'rolled-back':
      return EXIT.rolledBack;
    case 'rejected':
      return EXIT.refused;
    case 'canceled':
    case 'destroyed':
      return hasGoneBack(progress) ? EXIT.rolledBack : EXIT.refused;
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
