import { EMERGENCY_ACTIONS, type EmergencyAction } from '../emergency.ts';
import type { Call, Operation, Platform } from '../operation.ts';
import { Refusal } from '../refusal.ts';
import { emergencyActionRequest, parsed } from '../requests.ts';

export const emergencyOperations: readonly Operation[] = [
  {
    id: 'getEmergencyState',
    method: 'GET',
    path: '/admin/emergency-controls',
    scope: 'emergency:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant }) => Response.json(tenant.emergency.state()),
  },
  {
    id: 'applyEmergencyAction',
    method: 'POST',
    path: '/admin/emergency-controls/:action',
    scope: 'emergency:write',
    tenantIn: ['header'],
    answer: apply,
  },
];

function apply({ tenant, actor, body, parameter }: Call, { ledger }: Platform): Response {
  const action = actionNamed(parameter('action'));
  const { reason, environmentKey = null, targetRef = null } = parsed(emergencyActionRequest, body);
  const scopeOfAction = action.startsWith('environment_') ? tenant.environmentKey : null;
  const changed = tenant.emergency.apply({ action, actor, reason, environmentKey, targetRef });
  const event = tenant.audit.append({
    eventType: `EMERGENCY_${action.toUpperCase()}`,
    environmentKey: scopeOfAction,
    actor,
    reason,
    targetRef,
  });
  if (changed) {
    const target = targetRef ?? scopeOfAction;
    ledger.record({ what: 'emergency', action, target }, { tenant: tenant.id, actor: actor.id, reason });
  }
  return Response.json({ action, changed, auditEventId: event.id, state: tenant.emergency.state() });
}

function actionNamed(name: string): EmergencyAction {
  const action = EMERGENCY_ACTIONS.find((candidate) => candidate === name);
  if (action === undefined) throw new Refusal(400, 'VALIDATION_FAILED', 'There is no such emergency action.', { name });
  return action;
}
