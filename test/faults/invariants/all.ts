import type { RunRecord } from '../record.ts';
import { nobodyElseMeanwhile, oneEffectEach } from './effects.ts';
import { endsOnlySealed, everythingIsRecorded, noSecretsAreWritten, tasksDoNotKeepFailing } from './evidence.ts';
import type { Invariant } from './invariant.ts';
import { approvalsCountOnce, differentPeople } from './people.ts';
import { endsSafe, releasedOnlyWhenSafe, rollsBackInOrder, safeSoonAfterDestruction } from './rollback.ts';
import { comesToAnEnd, nothingForwardOnceStopped, onlyApprovedTraffic, onlyPlannedShares } from './traffic.ts';
import { nothingPassesOnIgnorance, soaksAreWholeAndSeen } from './windows.ts';

/**
 * What must hold of every run, whatever it suffered. S13 (histories replay) and L2 (how soon an abort halts) cannot be told
 * from the record of one disturbed run: the tests ask for them by themselves.
 */
export const INVARIANTS = {
  S1: onlyApprovedTraffic,
  S2: onlyPlannedShares,
  S3: nothingPassesOnIgnorance,
  S4: releasedOnlyWhenSafe,
  S5: endsSafe,
  S6: oneEffectEach,
  S7: nothingForwardOnceStopped,
  S8: differentPeople,
  S9: approvalsCountOnce,
  S10: everythingIsRecorded,
  S11: endsOnlySealed,
  S12: noSecretsAreWritten,
  S14: nobodyElseMeanwhile,
  S15: rollsBackInOrder,
  S16: soaksAreWholeAndSeen,
  L1: comesToAnEnd,
  L3: safeSoonAfterDestruction,
  L4: tasksDoNotKeepFailing,
} as const satisfies Record<string, Invariant>;

export type InvariantId = keyof typeof INVARIANTS;

/** Everything that is broken, each with the invariant that it breaks. */
export function brokenIn(record: RunRecord): readonly string[] {
  return Object.entries(INVARIANTS).flatMap(([id, check]) => check(record).map((what) => `${id}: ${what}`));
}
