import { isSameStep } from '../domain/ids.ts';
import type { IntendedClient } from '../intended/client.ts';
import type { AuditEvent } from '../intended/wire/audit.ts';
import type { EmergencyState } from '../intended/wire/emergency.ts';
import type { World } from './world.ts';

/** Whose halt it is: only one that is `ours` alone may be released by us. */
export type HaltOwner = 'nobody' | 'ours' | 'of-others' | 'unclear';

const EVENTS = 20;

/**
 * Whether a halt is that of one step (or, with `isOurs`, of a whole run) alone. Halting what is halted already changes no state
 * and is audited all the same (D-10), so the halts in the audit since the last release tell who wants it, whoever came first. The
 * state's last change tells only while it is a halt: any other emergency action, such as the revocation drill beside this one,
 * replaces it.
 */
export async function haltOf(
  { intended }: World,
  { halted, lastChange }: EmergencyState,
  key: string,
  isOurs = isSameStep,
): Promise<HaltOwner> {
  if (!halted) return 'nobody';
  const byState = lastChange?.action === 'tenant_halt' ? isOurs(lastChange.reason, key) : undefined;
  if (byState === false) return 'of-others';
  const halts = await newest(intended, 'EMERGENCY_TENANT_HALT', EVENTS);
  const [release] = await newest(intended, 'EMERGENCY_TENANT_RESUME', 1);
  const inForce = halts.filter(({ sequence }) => sequence > (release?.sequence ?? 0));
  if (inForce.some(({ reason }) => !isOurs(reason ?? '', key))) return 'of-others';
  if (inForce.length > 0) return 'ours';
  return byState ? 'unclear' : 'of-others';
}

/** Whether the tenant is free because this step released it: by the state while that tells, and else by the audit. */
export async function isReleasedBy(
  { intended }: World,
  { halted, lastChange }: EmergencyState,
  key: string,
): Promise<boolean> {
  if (halted) return false;
  if (lastChange?.action === 'tenant_resume') return isSameStep(lastChange.reason, key);
  const [release] = await newest(intended, 'EMERGENCY_TENANT_RESUME', 1);
  return isSameStep(release?.reason ?? '', key);
}

async function newest(intended: IntendedClient, eventType: string, limit: number): Promise<readonly AuditEvent[]> {
  return (await intended.listAuditEvents({ eventType, limit })).value.events;
}
