import { ROLES } from '../members.ts';
import type { Call, Operation, Platform } from '../operation.ts';
import { apiTokenCreateRequest, apiTokenRevokeRequest, parsed } from '../requests.ts';

export const adminOperations: readonly Operation[] = [
  {
    id: 'listApiTokens',
    method: 'GET',
    path: '/admin/api-tokens',
    scope: 'admin:tokens:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant: { credentials } }) =>
      Response.json({ credentials: credentials.list(), events: credentials.events() }),
  },
  {
    id: 'createApiToken',
    method: 'POST',
    path: '/admin/api-tokens',
    scope: 'admin:tokens:write',
    tenantIn: ['header'],
    answer: create,
  },
  {
    id: 'revokeApiToken',
    method: 'POST',
    path: '/admin/api-tokens/:id/revoke',
    scope: 'admin:tokens:write',
    tenantIn: ['header'],
    answer: revoke,
  },
  {
    id: 'listRoles',
    method: 'GET',
    path: '/admin/roles',
    scope: 'admin:members:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant, credential }) => {
      const caller = { role: 'operator', permissions: credential.scopes };
      return Response.json({ tenantId: tenant.id, caller, roles: ROLES });
    },
  },
  {
    id: 'listMembers',
    method: 'GET',
    path: '/admin/members',
    scope: 'admin:members:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant }) => Response.json({ members: tenant.members }),
  },
  {
    id: 'getIdentityReadiness',
    method: 'GET',
    path: '/admin/identity',
    scope: 'admin:members:read',
    tenantIn: ['header', 'query'],
    answer: ({ tenant }) =>
      Response.json({
        tenantId: tenant.id,
        readiness: 'ready',
        provider: { type: 'oidc', name: 'login.acme.example', ssoEnabled: true, scimEnabled: true },
      }),
  },
];

function create({ tenant, actor, body }: Call, { ledger }: Platform): Response {
  const { name, scopes, expiresAt, ipAllowlist } = parsed(apiTokenCreateRequest, body);
  const created = tenant.credentials.create({ name, scopes, createdBy: actor, expiresAt, ipAllowlist });
  const { environmentKey } = tenant;
  const targetRef = created.credential.id;
  tenant.audit.append({ eventType: 'API_TOKEN_CREATED', environmentKey, actor, targetRef });
  const cause = { tenant: tenant.id, actor: actor.id, reason: null };
  ledger.record({ what: 'credential-created', credential: targetRef, name }, cause);
  return Response.json(created, { status: 201 });
}

function revoke({ tenant, actor, body, parameter }: Call, { ledger }: Platform): Response {
  const { reason = null } = parsed(apiTokenRevokeRequest, body);
  const id = parameter('id');
  const changed = tenant.credentials.revoke(id, actor, reason);
  const credential = tenant.credentials.get(id);
  if (changed) {
    const { environmentKey } = tenant;
    tenant.audit.append({ eventType: 'API_TOKEN_REVOKED', environmentKey, actor, reason, targetRef: id });
    ledger.record({ what: 'credential-revoked', credential: id }, { tenant: tenant.id, actor: actor.id, reason });
  }
  return Response.json({ credential });
}
