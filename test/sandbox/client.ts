import { z } from 'zod';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export const PROD = 'tenant_acme_prod';
export const STAGE = 'tenant_acme_staging';

/** A bare caller of the platform: no retries, no opinions. */
export interface Client {
  readonly tenant: string;
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Response>;
  post(path: string, body?: object): Promise<Response>;
}

export function clientOf(sandbox: Sandbox, key: string = sandbox.secrets.golive, tenant = PROD): Client {
  const headers = { authorization: `Bearer ${key}`, 'x-tenant-id': tenant };
  return {
    tenant,
    get: (path, query = {}) =>
      fetch(`${sandbox.url}${path}?${new URLSearchParams({ tenantId: tenant, ...query }).toString()}`, {
        headers,
        redirect: 'manual',
      }),
    post: (path, body = {}) =>
      fetch(`${sandbox.url}${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ tenantId: tenant, ...body }),
        redirect: 'manual',
      }),
  };
}

export function stagingClient(sandbox: Sandbox): Client {
  return clientOf(sandbox, sandbox.secrets.staging, STAGE);
}

/** A probe intent for this action. */
export function probe(proposedAction: string, more: object = {}): object {
  return {
    actor: { id: 'golive-probe:1', type: 'service' },
    targetSystem: 'golive/no-op',
    proposedAction,
    riskContext: {
      baseRiskScore: 5,
      policyCompliant: true,
      requiresPrivilegedAccess: false,
      touchesProduction: false,
      containsSensitiveData: false,
      github: { owner: 'golive', repo: 'no-op', ref: 'refs/heads/main', workflowId: 'golive-probe.yml' },
      ...more,
    },
  };
}

const decision = z.object({
  intentId: z.string(),
  correlationId: z.string(),
  authorityDecision: z.object({ decision: z.string(), gateTrace: z.array(z.object({ reason: z.string() })) }),
  authorityDecisionToken: z.string().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  audit: z.object({ entriesWritten: z.number(), latestHash: z.string() }),
});

/** The decision on a probe of this action. */
export async function decide(client: Client, proposedAction: string): Promise<z.output<typeof decision>> {
  const answer = await client.post('/intent', probe(proposedAction));
  return decision.parse(await answer.json());
}

const auditPage = z.object({
  events: z.array(
    z.looseObject({
      sequence: z.number(),
      eventType: z.string(),
      reason: z.string().nullish(),
      targetRef: z.string().nullable(),
      previousHash: z.string(),
      hash: z.string(),
    }),
  ),
  total: z.number(),
});

export async function auditEvents(client: Client, query: Readonly<Record<string, string>> = {}) {
  return auditPage.parse(await (await client.get(`/tenants/${client.tenant}/audit`, query)).json());
}

const keyList = z.object({ keys: z.tuple([z.object({ kid: z.string(), publicKeyPem: z.string() })]) });

/** The tenant's one published key. */
export async function publishedKey(client: Client) {
  return keyList.parse(await (await client.get(`/tenants/${client.tenant}/authority-keys/public`)).json()).keys[0];
}

const packList = z.object({ packs: z.array(z.object({ name: z.string(), activeVersionId: z.string() })) });

/** Pack name to its active version, as the list tells it. */
export async function activeVersions(client: Client): Promise<Readonly<Record<string, string>>> {
  const { packs } = packList.parse(await (await client.get('/policy/packs')).json());
  return Object.fromEntries(packs.map(({ name, activeVersionId }) => [name, activeVersionId]));
}

/** Asks the router for its share, or to move it when `version` and `percent` are given. */
export function shareRequest(
  sandbox: Sandbox,
  move?: { readonly version?: string; readonly body: object },
): Promise<Response> {
  const authorization = `Bearer ${sandbox.secrets.router}`;
  const url = `${sandbox.url}/router/share`;
  if (move === undefined) return fetch(url, { headers: { authorization } });
  const condition = move.version === undefined ? {} : { 'if-match': move.version };
  return fetch(url, { method: 'PUT', headers: { authorization, ...condition }, body: JSON.stringify(move.body) });
}

const shareState = z.object({ percent: z.number(), version: z.string() });

/** Moves the share, whatever it was. */
export async function setShare(sandbox: Sandbox, percent: number): Promise<void> {
  const { version } = shareState.parse(await (await shareRequest(sandbox)).json());
  const answer = await shareRequest(sandbox, { version, body: { percent } });
  if (!answer.ok) throw new Error(`The share was not moved: ${answer.status}.`);
}

const success = z.object({ status: z.literal('success'), data: z.unknown() });

/** What the monitoring answers. */
export async function prometheus(sandbox: Sandbox, path: string): Promise<unknown> {
  const authorization = `Bearer ${sandbox.secrets.monitoring}`;
  const answer = await fetch(`${sandbox.url}/prometheus/api/v1/${path}`, { headers: { authorization } });
  return success.parse(await answer.json()).data;
}
