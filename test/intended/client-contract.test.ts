import { describe, expect, test } from 'vitest';
import type { IntendedClient } from '../../src/intended/client.ts';
import { type OperationId, ROUTES } from '../../src/intended/routes.ts';
import { damages, exampleOf, examplesOf, OPERATIONS, withUnknownFields } from './contract.ts';
import { connect, failureOf, INTENT, json, serve, TENANT } from './platform.ts';

const EXPORT_HEADERS = {
  'repr-digest': 'sha-256=:drIbWPmmAjO+SbCuRsSte3q5hXLL1IoGVlVtyB+zuR8=:',
  'signature-input': 'sig1=("@status" "content-type" "repr-digest");created=1776772841',
  signature: 'sig1=:AHPsJm1PtK2/PRBKpxT58RAy:',
};

/** Asks for whatever the example is about, so that answers repeat what was asked. */
const CALLS: Readonly<Record<OperationId, (client: IntendedClient, body: never) => Promise<{ value: unknown }>>> = {
  submitIntent: (client) => client.submitIntent(INTENT),
  listIntents: (client) => client.listIntents({ limit: 1 }),
  listAuthorityKeys: (client) => client.listAuthorityKeys(),
  listAuditEvents: (client) => client.listAuditEvents({ limit: 2, offset: 0 }),
  verifyAuditChain: (client) => client.verifyAuditChain(),
  getIntentEvidence: (client, { intent }: { intent?: { intentId: string } }) =>
    client.getIntentEvidence(intent?.intentId ?? 'unknown'),
  createAuditExport: (client) => client.createAuditExport({ environmentKey: 'prod' }),
  listAuditExports: (client) => client.listAuditExports(),
  getAuditExport: (client, { id }: { id?: string }) => client.getAuditExport(id ?? 'unknown'),
  downloadAuditExport: (client) => client.downloadAuditExport('exp_1'),
  listPolicyPacks: (client) => client.listPolicyPacks({ environmentKey: 'prod' }),
  listPolicyVersions: (client, { versions = [] }: { versions?: { packName: string }[] }) =>
    client.listPolicyVersions(versions[0]?.packName ?? 'unknown'),
  rollbackPolicy: (client, { activeVersionId }: { activeVersionId?: string }) =>
    client.rollbackPolicy(activeVersionId ?? 'unknown', { rolledBackBy: 'golive', comments: 'golive:1' }),
  getEmergencyState: (client) => client.getEmergencyState(),
  applyEmergencyAction: (client) => client.applyEmergencyAction('tenant_halt', { reason: 'golive:1' }),
  listApiTokens: (client) => client.listApiTokens(),
  createApiToken: (client, { credential }: { credential?: { name: string } }) =>
    client.createApiToken({ name: credential?.name ?? 'unknown', environmentKey: 'prod', scopes: ['audit:read'] }),
  revokeApiToken: (client, { credential }: { credential?: { id: string } }) =>
    client.revokeApiToken(credential?.id ?? 'unknown', { reason: 'golive:1' }),
  listRoles: (client) => client.listRoles(),
  listMembers: (client) => client.listMembers(),
  getIdentityReadiness: (client) => client.getIdentityReadiness(),
  getServiceHealth: (client) => client.getServiceHealth('policy-engine'),
  getServiceLiveness: (client) => client.getServiceLiveness('policy-engine'),
  getServiceReadiness: (client) => client.getServiceReadiness('policy-engine'),
};

/** A client of a platform that answers with whatever is set. */
async function platform() {
  let answer = json(500, {});
  const { baseUrl, seen } = await serve((response, request) => answer(response, request));
  const client = connect(baseUrl, { services: { 'policy-engine': baseUrl } });
  const ask = (operation: OperationId, example: { status: number; body: unknown }) => {
    answer = json(example.status, example.body, EXPORT_HEADERS);
    return CALLS[operation](client, example.body as never);
  };
  return { ask, seen };
}

const IDS = Object.keys(ROUTES) as OperationId[];
const isRefusal = (body: unknown) => typeof body === 'object' && body !== null && 'error' in body;

test('every route is the contract’s', () => {
  for (const id of IDS) {
    const operation = OPERATIONS.find(({ operationId }) => operationId === id);
    expect({ id, ...ROUTES[id] }).toEqual({ id, method: operation?.method, path: operation?.path });
  }
});

describe.each(IDS)('%s', (operation) => {
  const answers = examplesOf(operation).filter(({ body }) => !isRefusal(body));

  test('reads every answer of the contract, also with fields that nobody knows yet', async () => {
    const { ask } = await platform();
    expect(answers).not.toHaveLength(0);
    for (const { status, body } of answers) {
      const { value } = await ask(operation, { status, body });
      const { value: later } = await ask(operation, { status, body: withUnknownFields(body) });
      if (operation === 'downloadAuditExport' || operation === 'getIntentEvidence') continue;
      expect(later).toEqual(value);
    }
  });

  test('refuses every answer that lacks something or has a word, date or hash that the contract does not know', async () => {
    if (operation === 'downloadAuditExport') return;
    const { ask } = await platform();
    for (const { status, name, body, schema } of answers) {
      for (const damage of damages(schemaFor(name, schema), body)) {
        // Without its decision, a denial by a halt is exactly the platform's other fail-closed denial.
        if (name === 'deniedWhileHalted' && damage.what === 'authorityDecision is missing') continue;
        const error = await failureOf(ask(operation, { status, body: damage.body }));
        const kind = status === 503 ? 'unavailable' : 'surprising-shape';
        expect({ name, damage: damage.what, kind: error.kind }).toEqual({ name, damage: damage.what, kind });
      }
    }
  });

  test('sends one request to the contract’s path with key and tenant', async () => {
    const { ask, seen } = await platform();
    const [example] = answers;
    if (example === undefined) throw new Error('the contract shows no answer');
    await ask(operation, example);
    expect(seen).toHaveLength(1);
    const [request] = seen;
    const pattern = new RegExp(
      `^${ROUTES[operation].path.replace(/\{tenantId\}/, TENANT).replace(/\{\w+\}/, '[^/?]+')}(\\?|$)`,
    );
    expect(request?.url).toMatch(pattern);
    expect(request?.headers['x-tenant-id']).toBe(TENANT);
    expect(request?.headers.authorization === undefined).toBe(operation.startsWith('getService'));
    expect(request?.headers['accept-encoding']).toBe('identity');
    const body = request?.method === 'POST' ? JSON.parse(request.body) : { tenantId: TENANT };
    expect(body).toMatchObject({ tenantId: TENANT });
  });
});

/** The schemas behind the alternatives of POST /intent, which its examples do not name. */
function schemaFor(example: string, schema: object): object {
  const component = {
    approved: 'IntentApproved',
    escalated: 'IntentEscalated',
    deniedByPolicy: 'IntentDenied',
    deniedWhileHalted: 'IntentDenied',
    failedClosed: 'FailClosedDenial',
    noMatchingPolicy: 'IntentDeniedWith200',
  }[example];
  return component === undefined ? schema : { $ref: `#/components/schemas/${component}` };
}

test('an intent is classified by its body', async () => {
  const { ask } = await platform();
  const outcome = async (name: string) => (await ask('submitIntent', exampleOf('submitIntent', name))).value;
  expect(await outcome('approved')).toMatchObject({ outcome: 'approved', execution: { attempted: true } });
  expect(await outcome('escalated')).toMatchObject({ outcome: 'escalated' });
  expect(await outcome('deniedByPolicy')).toMatchObject({ outcome: 'denied', failClosed: false });
  expect(await outcome('deniedWhileHalted')).toMatchObject({
    outcome: 'denied',
    failClosed: true,
    detail: expect.stringMatching(/_halted$/),
  });
  expect(await outcome('failedClosed')).toMatchObject({
    outcome: 'denied',
    failClosed: true,
    detail: 'policy_engine_unreachable',
    retryAfterMs: 5000,
    intentId: undefined,
  });
  expect(await outcome('noMatchingPolicy')).toMatchObject({
    outcome: 'denied',
    failClosed: false,
    detail: 'NO_MATCHING_POLICY',
  });
  const error = await failureOf(outcome('keyNotPermitted'));
  expect(error).toMatchObject({ kind: 'refused', status: 403, code: 'INSUFFICIENT_PERMISSIONS' });
});

test('an intent’s body whose status says otherwise is refused', async () => {
  const { ask } = await platform();
  const { body: approved } = exampleOf('submitIntent', 'approved');
  const { body: escalated } = exampleOf('submitIntent', 'escalated');
  const { body: denied } = exampleOf('submitIntent', 'deniedByPolicy');
  const { body: failedClosed } = exampleOf('submitIntent', 'failedClosed');
  const { body: refused } = exampleOf('submitIntent', 'keyNotPermitted');
  const withToken = { ...(denied as object), authorityDecisionToken: 'a.b.c' };
  const withoutToken = { ...(approved as object), authorityDecisionToken: undefined };
  const skipped = { ...(approved as object), execution: { attempted: false, status: 'skipped', adapterId: null } };
  const twoWords = { ...(denied as object), result: 'deny' };
  for (const [status, body] of [
    [403, approved],
    [202, approved],
    [201, approved],
    [200, escalated],
    [202, denied],
    [200, failedClosed],
    [200, refused],
    [403, withToken],
    [200, withoutToken],
    [200, skipped],
    [403, twoWords],
    [403, {}],
    [403, []],
  ] as const) {
    expect(await failureOf(ask('submitIntent', { status, body }))).toMatchObject({ kind: 'surprising-shape', status });
  }
  expect(await failureOf(ask('submitIntent', { status: 500, body: approved }))).toMatchObject({ kind: 'unavailable' });
});

test('a denial that comes with 200 is still a denial', async () => {
  const { ask } = await platform();
  const { body } = exampleOf('submitIntent', 'deniedByPolicy');
  expect((await ask('submitIntent', { status: 200, body })).value).toMatchObject({ outcome: 'denied' });
});

test('a health answer that contradicts its status does not count', async () => {
  const { ask } = await platform();
  const { body: healthy } = exampleOf('getServiceHealth', 'healthy');
  const { body: unavailable } = exampleOf('getServiceHealth', 'unavailable');
  expect(await failureOf(ask('getServiceHealth', { status: 503, body: healthy }))).toMatchObject({
    kind: 'unavailable',
  });
  expect(await failureOf(ask('getServiceHealth', { status: 200, body: unavailable }))).toMatchObject({
    kind: 'surprising-shape',
  });
  expect(await failureOf(ask('getServiceHealth', { status: 404, body: healthy }))).toMatchObject({ kind: 'refused' });
});
