import type { Ledger } from '../ledger.ts';
import type { Behaviour } from '../platform/behaviour.ts';
import type { World } from '../platform/world.ts';
import type { Share } from '../router/share.ts';
import type { WorldFault } from './fault.ts';

/** What a fault of the world can see and touch. */
export interface Surroundings {
  readonly world: World;
  readonly share: Share;
  readonly ledger: Ledger;
  /** Milliseconds of a day of the callers. */
  readonly day: number;
}

/** What a fault puts in the place of the honest behaviour, from the moment it is armed. */
export type Lie = (fault: WorldFault, surroundings: Surroundings) => Partial<Behaviour>;
