import { isSameStep } from '../domain/ids.ts';
import type { EmergencyState } from '../intended/wire/emergency.ts';
import type { World } from './world.ts';

/** Whose halt it is: only one that is `ours` alone may be released by us. */
export type HaltOwner = 'nobody' | 'ours' | 'of-others' | 'unclear';

const EVENTS = 20;

/**
 * Whether a halt is that of one step (or, with `isOurs`, of a whole run) alone. Halting what is halted already changes no state and is audited all the same
 * (D-10), so the newest halt in the audit tells who wants it. The state's last change cannot tell: any other emergency
 * action, such as the revocation drill beside this one, replaces it.
 */
export async function haltOf(
  { intended }: World,
  state: EmergencyState,
  key: string,
  isOurs = isSameStep,
): Promise<HaltOwner> {
  if (!state.halted) return 'nobody';
  const { events } = (await intended.listAuditEvents({ eventType: 'EMERGENCY_TENANT_HALT', limit: EVENTS })).value;
  const own = events.findIndex(({ reason }) => isOurs(reason ?? '', key));
  if (own === 0) return 'ours';
  const isOursByState = state.lastChange?.action === 'tenant_halt' && isOurs(state.lastChange.reason, key);
  return own === -1 && isOursByState ? 'unclear' : 'of-others';
}
