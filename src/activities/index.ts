import type { OperatorConfig } from '../domain/profile-schema.ts';
import type { SealTools } from '../evidence/bundle.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { auditActivities } from './audit.ts';
import { capabilityActivities } from './capabilities.ts';
import { credentialActivities } from './credentials.ts';
import { decisionActivities } from './decisions.ts';
import { denialActivities } from './denials.ts';
import { emergencyActivities } from './emergency.ts';
import { evidenceActivities } from './evidence.ts';
import { translated } from './failures.ts';
import { guardianActivities } from './guardian.ts';
import { healthActivities } from './health.ts';
import { monitoringActivities } from './monitoring.ts';
import { openAlarm, pagingActivities } from './paging.ts';
import { peopleActivities } from './people.ts';
import { planActivities } from './plans.ts';
import { policyActivities } from './policies.ts';
import { readinessActivities } from './readiness.ts';
import { rollbackActivities } from './rollback.ts';
import { stagingActivities } from './staging.ts';
import { tokenActivities } from './tokens.ts';
import { trafficActivities } from './traffic.ts';
import { openTrust } from './trust.ts';
import { watchActivities } from './watch.ts';
import { openWorlds } from './world.ts';

export type { AuditMark } from './audit.ts';
export type { ReadDecision } from './decisions.ts';
export type { DenialSample } from './denials.ts';
export type { Sight, Ward } from './guardian.ts';
export type { Admission } from './plans.ts';
export type { Release } from './rollback.ts';
export type { WindowReport, WindowRequest } from './watch.ts';
export type { Scope } from './world.ts';

/** What the worker hands to the activities. */
export interface Dependencies {
  readonly operator: OperatorConfig;
  readonly store: EvidenceStore;
  readonly sealing: SealTools;
}

/** Every activity, with its errors translated by the one table. */
export function createActivities({ operator, store, sealing }: Dependencies) {
  const room = { worlds: openWorlds(operator.profiles), store, trust: openTrust(operator.approvals) };
  const emergency = emergencyActivities(room);
  const traffic = trafficActivities(room);
  return translated({
    ...planActivities(operator),
    ...decisionActivities(room),
    ...capabilityActivities(room),
    ...healthActivities(room),
    ...policyActivities(room),
    ...readinessActivities(room),
    ...tokenActivities(room),
    ...auditActivities(room),
    ...emergency,
    ...credentialActivities(room),
    ...peopleActivities(room),
    ...monitoringActivities(room),
    ...stagingActivities(room),
    ...traffic,
    ...guardianActivities(room, {
      brakes: { ...emergency, ...traffic },
      alarm: openAlarm(operator),
      isSigned: sealing.signer !== undefined,
    }),
    ...watchActivities(room),
    ...denialActivities(room),
    ...rollbackActivities(room),
    ...evidenceActivities(room, sealing),
    ...pagingActivities(operator),
  });
}

/** What the workflows see. */
export type Activities = ReturnType<typeof createActivities>;
