import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { isIntendedError } from '../../src/intended/errors.ts';
import { Secret } from '../../src/intended/secret.ts';
import { exampleOf } from './contract.ts';
import { connect, INTENT, json, KEY, serve, TENANT, text } from './platform.ts';

const CANARY = 'CANARYbodyCANARY';

/** Everything that a log, a debugger or a failure converter could write of a value, hidden members included. */
function everythingOf(value: unknown): string {
  const members = typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptors(value) : {};
  return [
    JSON.stringify(value),
    String(value),
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(members),
    ...(value instanceof Error ? [value.message, value.stack, everythingOf(value.cause)] : []),
  ].join('\n');
}

/** Answers that carry a canary, or our own key, wherever a platform or a proxy could put it. */
const ANSWERS = [400, 401, 403, 404, 409, 429, 500, 503, 200, 202, 204, 302].flatMap((status) => [
  json(status, {
    error: { code: CANARY, message: CANARY, request_id: `${CANARY} in words`, details: { [CANARY]: KEY } },
  }),
  json(status, { error: { code: 'CANARY_CODE', message: KEY, request_id: `req-${KEY}` } }),
  json(status, { [CANARY]: CANARY, tenantId: CANARY, status: CANARY, checks: { [CANARY]: CANARY } }),
  json(status, {
    ...(exampleOf('submitIntent', 'approved').body as object),
    intentId: 7,
    authorityDecisionToken: CANARY,
  }),
  json(status, { ...(exampleOf('getServiceHealth', 'healthy').body as object), checks: { [CANARY]: KEY } }),
  json(status, {}, { 'x-request-id': KEY, location: `https://${CANARY}.example`, 'retry-after': CANARY, date: CANARY }),
  text(status, `{"${CANARY}":1,"${CANARY}":2}`),
  text(status, `<html>${CANARY} ${KEY}</html>`, { 'content-type': `text/${CANARY}` }),
  text(status, CANARY, { 'content-encoding': CANARY }),
  text(status, `{"a": ${CANARY}`),
]);

test('no error repeats a key, a header or anything from a body', async () => {
  let answer = json(500, {});
  const { baseUrl } = await serve((response, request) => answer(response, request));
  const client = connect(baseUrl, { services: { service: baseUrl } });
  const failures = new Map<string, number>();
  for (answer of ANSWERS) {
    for (const call of [
      () => client.getEmergencyState(),
      () => client.submitIntent({ ...INTENT, proposedAction: CANARY }),
      () => client.createApiToken({ name: CANARY, environmentKey: 'prod', scopes: [CANARY] }),
      () => client.applyEmergencyAction('token_revoke', { reason: CANARY, targetRef: CANARY }),
      () => client.rollbackPolicy(CANARY, { rolledBackBy: CANARY }),
      () => client.getServiceHealth('service'),
    ]) {
      const error: unknown = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) continue;
      const told = everythingOf(error).replaceAll('CANARY_CODE', '');
      expect(isIntendedError(error)).toBe(true);
      expect(told).not.toContain('CANARY');
      expect(told).not.toContain('Bearer');
      expect(error).not.toHaveProperty('cause');
      const kind = isIntendedError(error) ? error.kind : 'other';
      failures.set(kind, (failures.get(kind) ?? 0) + 1);
    }
  }
  expect([...failures.keys()].toSorted()).toEqual(['refused', 'surprising-shape', 'throttled', 'unavailable']);
});

test('errors without an answer repeat nothing either', async () => {
  const { baseUrl } = await serve((response) => response.destroy());
  const { baseUrl: silent } = await serve(() => undefined);
  const lost = await connect(baseUrl).submitIntent(INTENT).catch(everythingOf);
  const late = await connect(silent).submitIntent(INTENT, { timeoutMs: 50 }).catch(everythingOf);
  for (const told of [lost, late]) {
    expect(told).toMatch(/no (?:complete )?answer/);
    expect(told).not.toContain(KEY);
    expect(told).not.toContain('127.0.0.1');
  }
});

test('a token or a new key has to be asked for, and is written nowhere by accident', async () => {
  const { body: approved } = exampleOf('submitIntent', 'approved');
  const { authorityDecisionToken: token } = approved as { authorityDecisionToken: string };
  const { baseUrl } = await serve(json(200, approved));
  const { value: outcome } = await connect(baseUrl).submitIntent(INTENT);
  expect(everythingOf(outcome)).not.toContain(token.slice(0, 20));
  expect(outcome.outcome === 'approved' && outcome.token.reveal()).toBe(token);

  const { status, body: created } = exampleOf('createApiToken', 'created');
  const { secret, credential } = created as { secret: string; credential: { name: string } };
  const { baseUrl: keys } = await serve(json(status, created));
  const request = { name: credential.name, environmentKey: 'prod', scopes: ['audit:read'] };
  const { value } = await connect(keys).createApiToken(request);
  expect(everythingOf(value)).not.toContain(secret);
  expect(value.secret.reveal()).toBe(secret);
});

test('a secret looks the same in every way of writing it', () => {
  const secret = new Secret(CANARY);
  expect(everythingOf({ secret, list: [secret] })).not.toContain('CANARY');
  expect(`${String(secret)} ${JSON.stringify(secret)} ${inspect(secret)}`).toBe('[secret] "[secret]" [secret]');
});

test('a client shows neither its key nor its options', () => {
  expect(everythingOf(connect('https://api.intended.example', { tenantId: TENANT }))).not.toContain(KEY);
});
