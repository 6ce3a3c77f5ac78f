import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { clientOf, decide, probe, PROD, publishedKey, type Client } from './client.ts';
import { readContract } from './contract.ts';

const contract = readContract();
const withId = z.object({ id: z.string() });
const withCredential = z.object({ credential: withId });

let sandbox: Sandbox;
let client: Client;
beforeAll(async () => {
  sandbox = await startSandbox({ rate: 0 });
  client = clientOf(sandbox);
});
afterAll(() => sandbox.close());

interface Case {
  readonly operation: string;
  readonly status: number;
  readonly what: string;
  readonly ask: () => Promise<Response>;
}

const service = (path: string, name = 'policy-engine') => fetch(`${sandbox.url}/services/${name}/${path}`);
const reporter = () => clientOf(sandbox, sandbox.secrets.agents);

async function faulty(operationId: string, status: number, ask: () => Promise<Response>): Promise<Response> {
  sandbox.control.arm({ kind: 'call', operationId, effect: { kind: 'status', status, retryAfter: '5' } });
  return ask();
}

async function degraded(ask: () => Promise<Response>): Promise<Response> {
  const id = sandbox.control.arm({ kind: 'world', name: 'degraded-service' });
  return ask().finally(() => sandbox.control.disarm(id));
}

async function halted(ask: () => Promise<Response>): Promise<Response> {
  await client.post('/admin/emergency-controls/tenant_halt', { reason: 'test' });
  try {
    return await ask();
  } finally {
    await client.post('/admin/emergency-controls/tenant_resume', { reason: 'test' });
  }
}

async function newCredential(): Promise<string> {
  const wish = { name: 'throw-away', environmentKey: 'prod', scopes: ['audit:read'] };
  return withCredential.parse(await (await client.post('/admin/api-tokens', wish)).json()).credential.id;
}

async function newExport(): Promise<string> {
  const request = { environmentKey: 'prod', from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
  return withId.parse(await (await client.post('/admin/audit-exports', request)).json()).id;
}

async function completedExport(): Promise<string> {
  const id = await newExport();
  await expect
    .poll(async () => (await client.get(`/admin/audit-exports/${id}`)).json())
    .toMatchObject({ status: 'completed' });
  return id;
}

async function verification(): Promise<object> {
  const { authorityDecisionToken: token } = await decide(client, 'golive.probe.allow');
  const { publicKeyPem } = await publishedKey(client);
  return { token, publicKeyPem };
}

const audit = `/tenants/${PROD}/audit`;

// A row a line, so that it reads as the table it is.
/* prettier-ignore */
const CASES: readonly Case[] = [
  { operation: 'submitIntent', status: 200, what: 'an approval', ask: () => client.post('/intent', probe('golive.probe.allow')) },
  { operation: 'submitIntent', status: 202, what: 'an escalation', ask: () => client.post('/intent', probe('payments.refund.create', { baseRiskScore: 70 })) },
  { operation: 'submitIntent', status: 403, what: 'a denial by policy', ask: () => client.post('/intent', probe('golive.probe.deny')) },
  { operation: 'submitIntent', status: 403, what: 'a denial while halted', ask: () => halted(() => client.post('/intent', probe('golive.probe.allow'))) },
  { operation: 'submitIntent', status: 400, what: 'an intent without a risk context', ask: () => client.post('/intent', { proposedAction: 'x' }) },
  { operation: 'submitIntent', status: 503, what: 'a platform that is down', ask: () => faulty('submitIntent', 503, () => client.post('/intent', probe('golive.probe.allow'))) },
  { operation: 'listIntents', status: 200, what: 'a list', ask: () => client.get('/intents', { limit: '1' }) },
  { operation: 'listIntents', status: 400, what: 'a limit out of bounds', ask: () => client.get('/intents', { limit: '1001' }) },
  { operation: 'getIntent', status: 200, what: 'an intent', ask: async () => client.get(`/intents/${(await decide(client, 'golive.probe.allow')).intentId}`) },
  { operation: 'getIntent', status: 404, what: 'an unknown intent', ask: () => client.get('/intents/none') },
  { operation: 'listAuthorityKeys', status: 200, what: 'the keys', ask: () => client.get(`/tenants/${PROD}/authority-keys/public`) },
  { operation: 'verifyToken', status: 200, what: 'a valid token', ask: async () => client.post('/verify/token', await verification()) },
  { operation: 'verifyToken', status: 200, what: 'nonsense', ask: async () => client.post('/verify/token', { ...(await verification()), token: 'nonsense' }) },
  { operation: 'verifyToken', status: 400, what: 'an unknown key id', ask: async () => client.post('/verify/token', { ...(await verification()), expectedKid: 'none' }) },
  { operation: 'listAuditEvents', status: 200, what: 'a page', ask: () => client.get(audit, { limit: '2', offset: '1' }) },
  { operation: 'listAuditEvents', status: 429, what: 'too many requests', ask: () => faulty('listAuditEvents', 429, () => client.get(audit)) },
  { operation: 'verifyAuditChain', status: 200, what: 'a verdict', ask: () => client.get(`${audit}/chain-verification`) },
  { operation: 'getIntentEvidence', status: 200, what: 'a bundle', ask: async () => client.get(`/tenants/${PROD}/intents/${(await decide(client, 'golive.probe.allow')).intentId}/evidence`) },
  { operation: 'getIntentEvidence', status: 404, what: 'an unknown intent', ask: () => client.get(`/tenants/${PROD}/intents/none/evidence`) },
  { operation: 'createAuditExport', status: 202, what: 'a job', ask: () => client.post('/admin/audit-exports', { environmentKey: 'prod' }) },
  { operation: 'createAuditExport', status: 400, what: 'a time that is none', ask: () => client.post('/admin/audit-exports', { from: 'yesterday' }) },
  { operation: 'listAuditExports', status: 200, what: 'the jobs', ask: () => client.get('/admin/audit-exports') },
  { operation: 'getAuditExport', status: 200, what: 'a job', ask: async () => client.get(`/admin/audit-exports/${await newExport()}`) },
  { operation: 'getAuditExport', status: 404, what: 'an unknown job', ask: () => client.get('/admin/audit-exports/none') },
  { operation: 'downloadAuditExport', status: 200, what: 'an artifact', ask: async () => client.get(`/admin/audit-exports/${await completedExport()}/download`) },
  { operation: 'downloadAuditExport', status: 404, what: 'an unknown job', ask: () => client.get('/admin/audit-exports/none/download') },
  { operation: 'listPolicyPacks', status: 200, what: 'the packs', ask: () => client.get('/policy/packs', { environmentKey: 'prod' }) },
  { operation: 'listPolicyPacks', status: 401, what: 'another environment', ask: () => client.get('/policy/packs', { environmentKey: 'staging' }) },
  { operation: 'listPolicyVersions', status: 200, what: 'the versions', ask: () => client.get('/policy/packs/payments-guardrails/versions') },
  { operation: 'listPolicyVersions', status: 404, what: 'an unknown pack', ask: () => client.get('/policy/packs/none/versions') },
  { operation: 'rollbackPolicy', status: 200, what: 'a superseded version', ask: () => client.post('/policy/rollback/pv_16', { rolledBackBy: 'ana@acme.example' }) },
  { operation: 'rollbackPolicy', status: 404, what: 'an unknown version', ask: () => client.post('/policy/rollback/pv_116', { rolledBackBy: 'ana@acme.example' }) },
  { operation: 'rollbackPolicy', status: 409, what: 'a withdrawn version', ask: () => client.post('/policy/rollback/pv_38', { rolledBackBy: 'ana@acme.example' }) },
  { operation: 'getEmergencyState', status: 200, what: 'the state while halted', ask: () => halted(() => client.get('/admin/emergency-controls')) },
  { operation: 'applyEmergencyAction', status: 200, what: 'an action', ask: () => client.post('/admin/emergency-controls/tenant_resume', { reason: 'test' }) },
  { operation: 'applyEmergencyAction', status: 400, what: 'an action without its target', ask: () => client.post('/admin/emergency-controls/connector_pause', { reason: 'test' }) },
  { operation: 'applyEmergencyAction', status: 404, what: 'an unknown credential', ask: () => client.post('/admin/emergency-controls/token_revoke', { reason: 'test', targetRef: 'none' }) },
  { operation: 'listApiTokens', status: 200, what: 'the credentials', ask: () => client.get('/admin/api-tokens') },
  { operation: 'listApiTokens', status: 403, what: 'a key without the scope', ask: () => reporter().get('/admin/api-tokens') },
  { operation: 'createApiToken', status: 201, what: 'a credential', ask: () => client.post('/admin/api-tokens', { name: 'a', environmentKey: 'prod', scopes: ['audit:read'] }) },
  { operation: 'createApiToken', status: 401, what: 'another environment', ask: () => client.post('/admin/api-tokens', { name: 'a', environmentKey: 'staging', scopes: ['audit:read'] }) },
  { operation: 'revokeApiToken', status: 200, what: 'a credential', ask: async () => client.post(`/admin/api-tokens/${await newCredential()}/revoke`) },
  { operation: 'revokeApiToken', status: 404, what: 'an unknown credential', ask: () => client.post('/admin/api-tokens/none/revoke') },
  { operation: 'listRoles', status: 200, what: 'the roles', ask: () => client.get('/admin/roles') },
  { operation: 'listMembers', status: 200, what: 'the members', ask: () => client.get('/admin/members') },
  { operation: 'getIdentityReadiness', status: 200, what: 'the readiness', ask: () => client.get('/admin/identity') },
  { operation: 'getServiceHealth', status: 200, what: 'a healthy service', ask: () => service('health') },
  { operation: 'getServiceHealth', status: 200, what: 'a degraded service', ask: () => degraded(() => service('health')) },
  { operation: 'getServiceHealth', status: 404, what: 'an unknown service', ask: () => service('health', 'none') },
  { operation: 'getServiceLiveness', status: 200, what: 'a live service', ask: () => service('healthz') },
  { operation: 'getServiceReadiness', status: 200, what: 'a ready service', ask: () => service('readyz') },
  { operation: 'getServiceReadiness', status: 503, what: 'a service that is not ready', ask: () => degraded(() => service('readyz')) },
];

describe('the platform answers as its contract says', () => {
  it.each(CASES)('$operation answers $status for $what', async ({ operation, status, ask }) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(await contract.problemsOf(operation, answer)).toEqual([]);
  });

  it('covers every operation of the contract with its successful answer', () => {
    const covered = CASES.filter(({ status }) => status < 300).map(({ operation }) => operation);
    expect(contract.operationIds.filter((id) => !covered.includes(id))).toEqual([]);
    expect(contract.operationIds.length).toBeGreaterThan(20);
  });

  it.each(contract.keyed)('$operationId answers 401 without a key and to an unknown one', async (place) => {
    const url = `${sandbox.url}${place.path.replace('{tenantId}', PROD).replaceAll(/\{\w+\}/g, 'some')}?tenantId=${PROD}`;
    for (const authorization of [undefined, 'Bearer mrt_live_0000_unknown']) {
      const answer = await fetch(url, {
        method: place.method,
        headers: { 'x-tenant-id': PROD, ...(authorization === undefined ? {} : { authorization }) },
      });
      expect(answer.status).toBe(401);
      expect(await contract.problemsOf(place.operationId, answer)).toEqual([]);
    }
  });

  it('judges: an answer with a field missing or a status unknown is a problem', async () => {
    const lacking = Response.json({ tenantId: PROD }, { status: 200 });
    expect(await contract.problemsOf('getEmergencyState', lacking)).not.toEqual([]);
    expect(await contract.problemsOf('getEmergencyState', Response.json({}, { status: 418 }))).not.toEqual([]);
    expect(await contract.problemsOf('downloadAuditExport', Response.json({}))).toContain(
      'header Repr-Digest is missing',
    );
  });
});
