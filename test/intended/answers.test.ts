import { expect, test } from 'vitest';
import { exampleOf } from './contract.ts';
import { connect, failureOf, json, KEY, serve, TENANT, text } from './platform.ts';

const STATE = { tenantId: TENANT, halted: false, environments: [], connectorsPaused: [], lastChange: null };
const ENVELOPE = (code: string) => ({ error: { code, message: 'For people.', request_id: 'req_01JS9QAA00' } });

test('an answer tells the request’s id, the platform’s clock and how long it took', async () => {
  const date = 'Tue, 21 Apr 2026 09:03:04 GMT';
  const { baseUrl } = await serve(json(200, STATE, { date, 'x-request-id': 'req_7' }));
  const answer = await connect(baseUrl).getEmergencyState();
  expect(answer).toMatchObject({ requestId: 'req_7', dateMs: Date.parse(date) });
  expect(answer.elapsedMs).toBeGreaterThan(0);
  expect(answer.elapsedMs).toBeLessThan(5_000);
});

test('a clock or an id that makes no sense is left out', async () => {
  const { baseUrl } = await serve(json(200, STATE, { date: 'now', 'x-request-id': 'two words' }));
  expect(await connect(baseUrl).getEmergencyState()).toMatchObject({ requestId: undefined, dateMs: undefined });
});

test('only application/json in UTF-8 is read', async () => {
  const body = JSON.stringify(STATE);
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
    const { baseUrl } = await serve(text(200, body, { 'content-type': type }));
    expect((await connect(baseUrl).getEmergencyState()).value.tenantId).toBe(TENANT);
  }
  for (const type of [
    'text/html',
    'text/plain',
    'application/json; charset=latin1',
    'application/problem+json',
    '',
    'json',
  ]) {
    const { baseUrl } = await serve(text(200, body, { 'content-type': type }));
    const error = await failureOf(connect(baseUrl).getEmergencyState());
    expect(error).toMatchObject({ kind: 'surprising-shape', issues: [{ path: '', expected: 'application/json' }] });
  }
});

test('a body that is not exactly one strict JSON document is refused', async () => {
  const good = JSON.stringify(STATE);
  const bodies: (string | Uint8Array)[] = [
    '',
    good.slice(0, -1),
    `${good}${good}`,
    `\uFEFF${good}`,
    `${good}\u0000`,
    good.replace('"halted":false', '"halted":true,"halted":false'),
    good.replace('{', '{"__proto__":{"halted":false},'),
    good.replace('{', '{"x":1e400,'),
    good.replace('{', '{"x":123456789012345678901234567890,'),
    good.replace('{', `{"x":${'['.repeat(10_000)}${']'.repeat(10_000)},`),
    Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]),
    '<!doctype html>',
    'null',
    '[]',
  ];
  for (const body of bodies) {
    const { baseUrl } = await serve(text(200, body));
    expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject({
      kind: 'surprising-shape',
      status: 200,
    });
  }
});

test('a success that the contract does not know is surprising', async () => {
  for (const status of [201, 202, 204, 205, 206, 299]) {
    const { baseUrl } = await serve(status === 204 ? text(204, '') : json(status, STATE));
    const error = await failureOf(connect(baseUrl).getEmergencyState());
    expect(error).toMatchObject({ kind: 'surprising-shape', status, issues: [{ expected: 'status 200' }] });
  }
});

test('a refusal carries the platform’s code and request id', async () => {
  for (const [status, code] of [
    [400, 'VALIDATION_FAILED'],
    [401, 'INVALID_API_KEY'],
    [403, 'TENANT_MISMATCH'],
    [404, 'NOT_FOUND'],
    [409, 'POLICY_VERSION_ALREADY_ACTIVE'],
    [410, 'GONE_SINCE'],
    [422, 'A_CODE_NOBODY_KNOWS'],
  ] as const) {
    const { baseUrl } = await serve(json(status, ENVELOPE(code)));
    const error = await failureOf(connect(baseUrl).rollbackPolicy('v1', { rolledBackBy: 'golive' }));
    expect(error).toMatchObject({ kind: 'refused', status, code, requestId: 'req_01JS9QAA00' });
    expect(error.message).toBe(`POST /policy/rollback/{versionId}: refused with ${status} ${code}`);
  }
});

test('a refusal by something that is not the platform has no code', async () => {
  const html = { 'content-type': 'text/html' };
  for (const handler of [
    text(403, '<h1>Forbidden</h1>', html),
    text(401, '{', {}),
    json(404, { error: 'not found' }),
    json(404, { error: { code: 'NOT_FOUND' } }),
    json(404, ENVELOPE('lower case words')),
    text(404, 'x'.repeat(200_000)),
  ]) {
    const { baseUrl } = await serve(handler);
    expect(await failureOf(connect(baseUrl).listMembers())).toMatchObject({ kind: 'refused', code: undefined });
  }
});

test('throttling carries the wait that was asked for, when it makes sense', async () => {
  const now = 'Tue, 21 Apr 2026 09:03:04 GMT';
  for (const [header, retryAfterMs] of [
    ['0', 0],
    ['5', 5_000],
    ['3600', 3_600_000],
    ['86400', 3_600_000],
    ['Tue, 21 Apr 2026 09:03:14 GMT', 10_000],
    ['-1', undefined],
    ['NaN', undefined],
  ] as const) {
    const { baseUrl } = await serve(json(429, ENVELOPE('RATE_LIMITED'), { 'retry-after': header, date: now }));
    const error = await failureOf(connect(baseUrl).getEmergencyState());
    expect(error).toMatchObject({ kind: 'throttled', retryAfterMs, requestId: 'req_01JS9QAA00' });
  }
  const { baseUrl } = await serve(text(429, 'slow down', { 'content-type': 'text/plain' }));
  expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject({
    kind: 'throttled',
    retryAfterMs: undefined,
  });
});

test('every 5xx is unavailable, whoever sent it', async () => {
  for (const status of [500, 501, 502, 503, 504, 599]) {
    const { baseUrl: platform } = await serve(json(status, ENVELOPE('INTERNAL_ERROR'), { 'retry-after': '2' }));
    expect(await failureOf(connect(platform).getEmergencyState())).toMatchObject({
      kind: 'unavailable',
      status,
      code: 'INTERNAL_ERROR',
      retryAfterMs: 2_000,
    });
    const { baseUrl: proxy } = await serve(text(status, '<h1>Bad gateway</h1>', { 'content-type': 'text/html' }));
    expect(await failureOf(connect(proxy).getEmergencyState())).toMatchObject({ kind: 'unavailable', code: undefined });
  }
});

test('an answer about another tenant is refused, at any depth', async () => {
  const { body: page } = exampleOf('listAuditEvents', 'middleOfOneCorrelation');
  const foreign = JSON.parse(JSON.stringify(page).replaceAll(TENANT, 'tenant_other'));
  const { baseUrl } = await serve(json(200, foreign));
  expect(await failureOf(connect(baseUrl).listAuditEvents())).toMatchObject({
    kind: 'surprising-shape',
    issues: [{ path: 'events.0.tenantId', expected: 'this tenant' }],
  });
  const { baseUrl: state } = await serve(json(200, { ...STATE, tenantId: 'tenant_other' }));
  expect(await failureOf(connect(state).getEmergencyState())).toMatchObject({ issues: [{ path: 'tenantId' }] });
});

test('an answer about something else than was asked for is refused', async () => {
  const asked = async (
    operation: string,
    name: string,
    ask: (client: ReturnType<typeof connect>) => Promise<unknown>,
  ) => {
    const { status, body } = exampleOf(operation, name);
    const { baseUrl } = await serve(json(status, body));
    return failureOf(ask(connect(baseUrl)));
  };
  const surprising = { kind: 'surprising-shape' };
  expect(await asked('getAuditExport', 'completed', (it) => it.getAuditExport('other'))).toMatchObject(surprising);
  expect(await asked('getIntentEvidence', 'one', (it) => it.getIntentEvidence('other'))).toMatchObject(surprising);
  expect(await asked('listPolicyVersions', 'three', (it) => it.listPolicyVersions('other'))).toMatchObject(surprising);
  expect(
    await asked('rollbackPolicy', 'done', (it) => it.rollbackPolicy('other', { rolledBackBy: 'golive' })),
  ).toMatchObject(surprising);
  expect(
    await asked('applyEmergencyAction', 'halted', (it) => it.applyEmergencyAction('tenant_resume', { reason: 'r' })),
  ).toMatchObject(surprising);
  expect(await asked('revokeApiToken', 'revoked', (it) => it.revokeApiToken('other'))).toMatchObject(surprising);
  expect(
    await asked('createApiToken', 'created', (it) =>
      it.createApiToken({ name: 'other', environmentKey: 'prod', scopes: ['audit:read'] }),
    ),
  ).toMatchObject(surprising);
  expect(
    await asked('listAuditEvents', 'middleOfOneCorrelation', (it) => it.listAuditEvents({ eventType: 'OTHER' })),
  ).toMatchObject(surprising);
  expect(
    await asked('listAuditEvents', 'middleOfOneCorrelation', (it) => it.listAuditEvents({ correlationId: 'other' })),
  ).toMatchObject(surprising);
});

test('a key list with an algorithm that was not configured is refused', async () => {
  const { body } = exampleOf('listAuthorityKeys', 'two');
  const elliptic = JSON.parse(JSON.stringify(body).replaceAll('RS256', 'ES256'));
  const { baseUrl } = await serve(json(200, elliptic));
  expect(await failureOf(connect(baseUrl).listAuthorityKeys())).toMatchObject({ issues: [{ path: 'keys' }] });
  const open = connect(baseUrl, { authorityKeyAlgorithms: ['RS256', 'ES256'] });
  expect((await open.listAuthorityKeys()).value.keys).toHaveLength(2);
});

test('services are asked without the key, at their own addresses and paths', async () => {
  const { body } = exampleOf('getServiceHealth', 'healthy');
  const { baseUrl, seen } = await serve(json(200, body));
  const client = connect('https://api.intended.example', {
    services: { 'policy-engine': `${baseUrl}/engine/` },
    paths: { getServiceHealth: '/status/health' },
  });
  expect((await client.getServiceHealth('policy-engine')).value.status).toBe('healthy');
  expect(seen[0]).toMatchObject({ url: '/engine/status/health' });
  expect(JSON.stringify(seen)).not.toContain(KEY);
  await expect(client.getServiceHealth('audit-service')).rejects.toThrow('services: "audit-service" has no address');
});
