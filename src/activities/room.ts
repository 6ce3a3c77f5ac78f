import type { EvidenceStore } from '../evidence/store.ts';
import type { TrustMode } from './trust.ts';
import type { Worlds } from './world.ts';

/** What activities work with. The worker builds it once; tests build another. */
export interface Room {
  readonly worlds: Worlds;
  readonly store: EvidenceStore;
  readonly trust: TrustMode;
}
