import type { EmergencyState } from '../intended/wire/emergency.ts';
import { isSameStep } from './steps.ts';
import type { World } from './world.ts';

/** Whose halt it is: only one that is `ours` alone may be released by us. */
export type HaltOwner = 'nobody' | 'ours' | 'of-others' | 'unclear';

const EVENTS = 20;

/**
 * Whether a halt is that of one step alone. Halting what is halted already changes no state and is audited all the same
 * (D-10), so the audit tells whether somebody else wants it too; `unclear` while the audit does not show our own.
 */
export async function haltOf({ intended }: World, state: EmergencyState, key: string): Promise<HaltOwner> {
  if (!state.halted) return 'nobody';
  if (state.lastChange?.action !== 'tenant_halt' || !isSameStep(state.lastChange.reason, key)) return 'of-others';
  const { events } = (await intended.listAuditEvents({ eventType: 'EMERGENCY_TENANT_HALT', limit: EVENTS })).value;
  const own = events.findIndex(({ reason }) => isSameStep(reason ?? '', key));
  if (own === -1) return 'unclear';
  return own === 0 ? 'ours' : 'of-others';
}
