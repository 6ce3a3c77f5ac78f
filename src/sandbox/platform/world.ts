import { randomBytes } from 'node:crypto';
import { AuditLog } from './audit.ts';
import { Credentials, type Scope } from './credentials.ts';
import { EmergencyControls } from './emergency.ts';
import { AuditExports } from './exports.ts';
import { timestamp } from './ids.ts';
import { Intents } from './intents.ts';
import { exampleMembers, type Member } from './members.ts';
import { PolicySet, type PackSeed } from './policies.ts';
import { generateSigningKey, type SigningKey } from './tokens.ts';

export const PRODUCTION = { tenantId: 'tenant_acme_prod', environmentKey: 'prod' } as const;
export const STAGING = { tenantId: 'tenant_acme_staging', environmentKey: 'staging' } as const;

/** Everything one tenant is made of. */
export interface Tenant {
  readonly id: string;
  readonly environmentKey: string;
  readonly key: SigningKey;
  /** Stands in every token: what a token says beside what has to be checked is nobody's business. */
  readonly memo: string;
  readonly audit: AuditLog;
  readonly policies: PolicySet;
  readonly emergency: EmergencyControls;
  readonly credentials: Credentials;
  readonly exports: AuditExports;
  readonly intents: Intents;
  readonly members: readonly Member[];
  readonly consumedNonces: Set<string>;
}

/** The keys that callers begin with. */
export interface ApiKeys {
  /** Ours, in production. */
  readonly golive: string;
  /** Ours, in staging. */
  readonly staging: string;
  /** The one the router's callers share. */
  readonly agents: string;
}

export interface World {
  readonly production: Tenant;
  readonly staging: Tenant;
  readonly apiKeys: ApiKeys;
}

/** What golive's own key may do: exactly what the runbook's calls need. */
export const GOLIVE_SCOPES: readonly Scope[] = [
  'intent:submit',
  'intent:read',
  'audit:read',
  'audit:export',
  'policy:read',
  'authority:policy:write',
  'emergency:read',
  'emergency:write',
  'admin:tokens:read',
  'admin:tokens:write',
  'admin:members:read',
];
/** What production keys may have at most. */
export const PRODUCTION_SCOPES: readonly Scope[] = ['intent:submit', 'audit:read'];
export const AGENTS_KEY_NAME = 'payments-agents';

const DAY = 86_400_000;
const CREATOR = { id: 'ben@acme.example', type: 'user' };

// A row a line, so that it reads as the table it is.
/* prettier-ignore */
const PRODUCTION_PACKS: readonly PackSeed[] = [
  { name: 'data-access', owner: 'data-platform', versions: [{ versionId: 'pv_17', status: 'active' }, { versionId: 'pv_16', status: 'superseded' }] },
  {
    name: 'payments-guardrails',
    owner: 'payments',
    versions: [
      { versionId: 'pv_43', status: 'draft' },
      { versionId: 'pv_42', status: 'active' },
      { versionId: 'pv_41', status: 'superseded' },
      { versionId: 'pv_38', status: 'withdrawn' },
    ],
  },
];
// A row a line, so that it reads as the table it is.
/* prettier-ignore */
const STAGING_PACKS: readonly PackSeed[] = [
  { name: 'data-access', owner: 'data-platform', versions: [{ versionId: 'pv_117', status: 'active' }, { versionId: 'pv_116', status: 'superseded' }] },
  { name: 'payments-guardrails', owner: 'payments', versions: [{ versionId: 'pv_142', status: 'active' }, { versionId: 'pv_141', status: 'superseded' }] },
];

/** Two tenants, a production and a staging one, as they stand on the morning of a go-live. */
export async function createWorld(members: readonly Member[] = exampleMembers()): Promise<World> {
  const [production, staging] = await Promise.all([
    createTenant(PRODUCTION, PRODUCTION_PACKS, members),
    createTenant(STAGING, STAGING_PACKS, members),
  ]);
  const apiKeys: ApiKeys = {
    golive: addKey(production, 'golive', GOLIVE_SCOPES),
    staging: addKey(staging, 'golive-staging', GOLIVE_SCOPES),
    agents: addKey(production, AGENTS_KEY_NAME, PRODUCTION_SCOPES),
  };
  addKey(production, 'reporting', ['audit:read']);
  return { production, staging, apiKeys };
}

type Place = typeof PRODUCTION | typeof STAGING;

async function createTenant(
  { tenantId, environmentKey }: Place,
  packs: readonly PackSeed[],
  members: readonly Member[],
): Promise<Tenant> {
  const credentials = new Credentials(environmentKey);
  const tenant: Tenant = {
    id: tenantId,
    environmentKey,
    key: await signingKeyOf(tenantId),
    memo: randomBytes(12).toString('base64url'),
    audit: new AuditLog(tenantId),
    policies: new PolicySet(environmentKey, packs),
    emergency: new EmergencyControls(tenantId, environmentKey, credentials.revoke.bind(credentials)),
    credentials,
    exports: new AuditExports(),
    intents: new Intents(),
    members,
    consumedNonces: new Set(),
  };
  for (const { name, activeVersionId } of tenant.policies.packs()) {
    const eventType = 'POLICY_DEPLOYED';
    tenant.audit.append({ eventType, environmentKey, actor: CREATOR, policyId: name, targetRef: activeVersionId });
  }
  return tenant;
}

const signingKeys = new Map<string, Promise<SigningKey>>();

/** The same for all sandboxes of one process: making one takes tenths of a second, and they have no callers in common. */
function signingKeyOf(tenantId: string): Promise<SigningKey> {
  const key = signingKeys.get(tenantId) ?? generateSigningKey(tenantId);
  signingKeys.set(tenantId, key);
  return key;
}

function addKey(tenant: Tenant, name: string, scopes: readonly Scope[]): string {
  const now = Date.now();
  const { credential, secret } = tenant.credentials.create({
    name,
    scopes,
    createdBy: CREATOR,
    createdAt: timestamp(now - 10 * DAY),
    expiresAt: timestamp(now + 50 * DAY),
  });
  const { environmentKey } = tenant;
  const targetRef = credential.id;
  tenant.audit.append({ eventType: 'API_TOKEN_CREATED', environmentKey, actor: CREATOR, targetRef });
  return secret;
}
