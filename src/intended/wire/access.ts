import { z } from 'zod';
import { Secret } from '../secret.ts';
import { actor, instant, name } from './common.ts';

export const apiCredential = z.object({
  id: name,
  name: z.string(),
  prefix: z.string(),
  environmentKey: z.string(),
  scopes: z.array(z.string()),
  status: z.enum(['active', 'revoked', 'expired']),
  createdAt: instant,
  createdBy: actor,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
  revokedAt: instant.nullable(),
  ipAllowlist: z.array(z.string()),
});
/** An API credential without its secret. */
export type ApiCredential = z.output<typeof apiCredential>;

const credentialEvent = z.object({
  id: z.string(),
  credentialId: z.string(),
  type: z.string(),
  at: instant,
  actor,
  reason: z.string().nullable(),
});

export const apiTokenList = z.object({ credentials: z.array(apiCredential), events: z.array(credentialEvent) });

/** The credential and, this once, its secret. */
export const apiTokenCreated = z.object({
  credential: apiCredential,
  secret: name.transform((secret) => new Secret(secret)),
});

export const apiTokenRevoked = z.object({ credential: apiCredential });

const memberRole = z.enum(['owner', 'admin', 'operator', 'auditor', 'reviewer', 'read_only']);
const rolePermissions = z.object({ role: memberRole, permissions: z.array(z.string()) });

/** The caller's role and the whole matrix. */
export const roleOverview = z.object({
  tenantId: z.string(),
  caller: rolePermissions,
  roles: z.array(rolePermissions),
});

export const member = z.object({
  id: name,
  email: z.string(),
  displayName: z.string(),
  role: memberRole,
  environmentKey: z.string().nullable(),
  status: z.enum(['active', 'invited', 'suspended']),
  lastActiveAt: instant.nullable(),
});
/** A person in the tenant; without an environment, in all of them. */
export type Member = z.output<typeof member>;

export const memberList = z.object({ members: z.array(member) });

export const identityReadiness = z.object({
  tenantId: z.string(),
  readiness: z.enum(['not_configured', 'partial', 'ready']),
  provider: z
    .object({ type: z.enum(['saml', 'oidc']), name: z.string(), ssoEnabled: z.boolean(), scimEnabled: z.boolean() })
    .nullable(),
});
