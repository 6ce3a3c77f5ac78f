import type { HonoRequest } from 'hono';
import { permits, type ApiCredential } from './credentials.ts';
import type { Call, Operation } from './operation.ts';
import { Refusal } from './refusal.ts';
import type { Tenant, World } from './world.ts';

/** The caller behind a key, before it is known whether the call is allowed. */
interface Caller {
  readonly tenant: Tenant;
  readonly credential: ApiCredential;
}

/** The secret in the header `Authorization: Bearer …`. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
}

/**
 * One call, checked as D-09 says: the key first (401), then every place that names a tenant (403), then the environment (401),
 * then the scope (403).
 */
export async function authorize(request: HonoRequest, operation: Operation, world: World): Promise<Call> {
  const { tenant, credential } = authenticate(request, world);
  const body = operation.method === 'POST' ? await jsonBody(request, operation) : undefined;
  checkTenant(request, operation, body, tenant);
  checkEnvironment(request, body, tenant);
  if (operation.scope !== 'any-key' && !permits(credential, operation.scope)) {
    const details = { requiredScope: operation.scope };
    throw new Refusal(403, 'INSUFFICIENT_PERMISSIONS', 'The API key lacks the scope this route needs.', details);
  }
  return {
    tenant,
    credential,
    actor: { id: credential.id, type: 'api_token' },
    body,
    parameter: (name) => request.param(name) ?? '',
    query: (name) => request.query(name),
    header: (name) => request.header(name),
  };
}

function authenticate(request: HonoRequest, world: World): Caller {
  const secret = bearerToken(request.header('authorization'));
  for (const tenant of [world.production, world.staging]) {
    const credential = secret === undefined ? undefined : tenant.credentials.authenticate(secret);
    if (credential !== undefined) return { tenant, credential };
  }
  throw new Refusal(401, 'INVALID_API_KEY', 'The API key is missing, unknown, revoked or expired.');
}

async function jsonBody(request: HonoRequest, operation: Operation): Promise<unknown> {
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch {
    const code = operation.id === 'submitIntent' ? 'INTENT_VALIDATION_FAILED' : 'VALIDATION_FAILED';
    throw new Refusal(400, code, 'The body is not JSON.');
  }
}

function checkTenant(request: HonoRequest, { tenantIn }: Operation, body: unknown, tenant: Tenant): void {
  const named = {
    header: request.header('x-tenant-id'),
    path: request.param('tenantId'),
    query: request.query('tenantId'),
    body: member(body, 'tenantId') ?? member(body, 'expectedTenantId'),
  };
  for (const place of tenantIn) {
    if (named[place] === undefined) {
      throw new Refusal(400, 'TENANT_REQUIRED', 'The tenant is not named where this route needs it.', { place });
    }
  }
  for (const [place, name] of Object.entries(named)) {
    if (name !== undefined && name !== tenant.id) {
      throw new Refusal(403, 'TENANT_MISMATCH', 'The request names a tenant that is not the one of the key.', {
        place,
      });
    }
  }
}

function checkEnvironment(request: HonoRequest, body: unknown, tenant: Tenant): void {
  for (const name of [request.query('environmentKey'), member(body, 'environmentKey')]) {
    if (name !== undefined && name !== tenant.environmentKey) {
      throw new Refusal(401, 'INVALID_API_KEY', 'The API key is bound to another environment.');
    }
  }
}

function member(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : undefined;
}
