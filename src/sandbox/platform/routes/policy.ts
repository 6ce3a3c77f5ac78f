import { timestamp } from '../ids.ts';
import type { Call, Operation, Platform } from '../operation.ts';
import { parsed, policyRollbackRequest } from '../requests.ts';

export const policyOperations: readonly Operation[] = [
  {
    id: 'listPolicyPacks',
    method: 'GET',
    path: '/policy/packs',
    scope: 'policy:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant }) => Response.json({ packs: tenant.policies.packs() }),
  },
  {
    id: 'listPolicyVersions',
    method: 'GET',
    path: '/policy/packs/:pack/versions',
    scope: 'policy:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant, parameter }) => Response.json({ versions: tenant.policies.versions(parameter('pack')) }),
  },
  {
    id: 'rollbackPolicy',
    method: 'POST',
    path: '/policy/rollback/:versionId',
    scope: 'authority:policy:write',
    tenantIn: ['header'],
    answer: rollback,
  },
];

function rollback({ tenant, actor, body, parameter }: Call, { ledger }: Platform): Response {
  const { rolledBackBy, comments = null } = parsed(policyRollbackRequest, body);
  const activeVersionId = parameter('versionId');
  const { packName, previousVersionId } = tenant.policies.rollback(activeVersionId);
  const { environmentKey } = tenant;
  const event = tenant.audit.append({
    eventType: 'POLICY_ROLLED_BACK',
    environmentKey,
    actor,
    reason: comments,
    policyId: packName,
    targetRef: activeVersionId,
  });
  ledger.record(
    { what: 'rollback', pack: packName, from: previousVersionId, to: activeVersionId },
    { tenant: tenant.id, actor: actor.id, reason: comments },
  );
  return Response.json({
    packName,
    environmentKey,
    activeVersionId,
    previousVersionId,
    rolledBackBy,
    rolledBackAt: timestamp(),
    comments,
    auditEventId: event.id,
  });
}
