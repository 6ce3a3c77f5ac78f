import type { Operation } from '../operation.ts';
import { Refusal } from '../refusal.ts';
import { parsed, verifyTokenRequest } from '../requests.ts';
import { verifyToken } from '../tokens.ts';

export const tokenOperations: readonly Operation[] = [
  {
    id: 'listAuthorityKeys',
    method: 'GET',
    path: '/tenants/:tenantId/authority-keys/public',
    scope: 'any-key',
    tenantIn: ['path'],
    answer: ({ tenant: { key } }) => {
      const { kid, publicKeyPem, createdAt } = key;
      return Response.json({ keys: [{ kid, publicKeyPem, alg: 'RS256', status: 'ACTIVE', createdAt }] });
    },
  },
  {
    id: 'verifyToken',
    method: 'POST',
    path: '/verify/token',
    scope: 'any-key',
    tenantIn: [],
    answer: async ({ tenant, actor, body, header }) => {
      const request = parsed(verifyTokenRequest, body);
      if ((header('x-tenant-id') ?? request.expectedTenantId) === undefined) {
        throw new Refusal(400, 'VERIFY_TENANT_REQUIRED', 'Neither a tenant header nor an expected tenant was given.');
      }
      const { id: tenantId, key, consumedNonces, environmentKey } = tenant;
      const verdict = await verifyToken({ tenantId, key, consumedNonces, request });
      if (verdict.valid) tenant.audit.append({ eventType: 'TOKEN_VERIFIED', environmentKey, actor });
      return Response.json(verdict);
    },
  },
];
