import { z } from 'zod';
import { actor, instant } from './common.ts';

export const emergencyAction = z.enum([
  'tenant_halt',
  'tenant_resume',
  'environment_halt',
  'environment_resume',
  'connector_pause',
  'connector_resume',
  'token_revoke',
]);
export type EmergencyAction = z.output<typeof emergencyAction>;

/** What is halted or paused. The tenant's switch and each environment's own are independent of each other. */
export const emergencyState = z.object({
  tenantId: z.string(),
  halted: z.boolean(),
  environments: z.array(z.object({ environmentKey: z.string(), halted: z.boolean() })),
  connectorsPaused: z.array(z.string()),
  lastChange: z
    .object({
      action: emergencyAction,
      actor,
      reason: z.string(),
      environmentKey: z.string().nullable(),
      targetRef: z.string().nullable(),
      at: instant,
    })
    .nullable(),
});
export type EmergencyState = z.output<typeof emergencyState>;

/** What was done and the state after it; `changed` is false when it was so already (D-10). */
export const emergencyActionResult = z.object({
  action: emergencyAction,
  changed: z.boolean(),
  auditEventId: z.string(),
  state: emergencyState,
});
