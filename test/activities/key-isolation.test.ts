import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentialActivities } from '../../src/activities/credentials.ts';
import type { Finding } from '../../src/domain/verdict.ts';
import { factsOf, startStage, worldOf, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

/** The check, with this secret in the place of the staging key. */
function isolationOf(apiKey: string): Promise<Finding> {
  const world = worldOf(stage);
  const { intended } = world.profile;
  const profile = { ...world.profile, intended: { ...intended, staging: { ...intended.staging, apiKey } } };
  const trust = { mode: 'namespace' } as const;
  const activities = credentialActivities({ worlds: () => ({ ...world, profile }), store: stage.store, trust });
  return activities.checkKeyIsolation(stage.scope);
}

/** The secret of a key in the production tenant. */
async function keyWith(...scopes: readonly string[]): Promise<string> {
  const wish = { name: 'a key of the test', environmentKey: 'prod', scopes };
  return (await stage.others.createApiToken(wish)).value.secret.reveal();
}

const emergency = () => stage.sandbox.control.state().tenants.map(({ emergency: state }) => state);
const auditEvents = () => stage.sandbox.control.state().tenants.map(({ auditEvents: count }) => count);

it('A key of another tenant is refused before anything is asked of it', async () => {
  const finding = await stage.activities.checkKeyIsolation(stage.scope);
  expect(finding).toMatchObject({ verdict: 'pass', summary: 'the staging key is refused, with 403 and with 403' });
  expect(await factsOf(stage, finding.evidence)).toEqual({ reading: 403, halting: 403, foreign: [] });
});

it('A key that nobody knows is refused with 401, which is as good', async () => {
  expect(await isolationOf('mrt_test_unknown')).toMatchObject({
    verdict: 'pass',
    summary: 'the staging key is refused, with 401 and with 401',
  });
});

it('A key that may read production policy fails for that alone', async () => {
  expect(await isolationOf(await keyWith('policy:read'))).toMatchObject({
    verdict: 'fail',
    reasons: ['a staging key can read production policy'],
  });
});

it('A key that may halt the tenant fails, and nothing is halted, changed or recorded to find that out', async () => {
  const apiKey = await keyWith('emergency:write');
  const before = { emergency: emergency(), audit: auditEvents(), effects: stage.effects() };
  expect(await isolationOf(apiKey)).toMatchObject({
    verdict: 'fail',
    reasons: ['the staging key could halt the tenant'],
  });
  expect({ emergency: emergency(), audit: auditEvents(), effects: stage.effects() }).toEqual(before);
});

it.each([400, 404, 409])('An answer of %i from the kill switch is no refusal of the key', async (status) => {
  stage.sandbox.control.arm({ kind: 'call', operationId: 'applyEmergencyAction', effect: { kind: 'status', status } });
  expect(await stage.activities.checkKeyIsolation(stage.scope)).toMatchObject({
    verdict: 'fail',
    reasons: ['the staging key could halt the tenant'],
  });
});

it.each([
  [['emergency:write'], 'emergency:write'],
  [['authority:policy:write', 'audit:read'], 'authority:policy:write'],
  [['admin:tokens:write'], 'admin:tokens:write'],
  [['admin:*'], 'admin:*'],
  [['emergency:*'], 'emergency:*'],
  [['*'], '*'],
])('A key of staging in the production tenant fails by name with %j', async (scopes, told) => {
  stage.sandbox.control.arm({ kind: 'world', name: 'stray-key', scopes });
  expect(await stage.activities.checkKeyIsolation(stage.scope)).toMatchObject({
    verdict: 'fail',
    reasons: [`ci-staging: a key of staging that has ${told}`],
  });
});

it('A key of staging in the production tenant may have what reaches nothing, or be revoked', async () => {
  const harmless = ['intent:submit', 'emergency:read', 'admin:members:read'];
  stage.sandbox.control.arm({ kind: 'world', name: 'stray-key', scopes: harmless });
  expect(await stage.activities.checkKeyIsolation(stage.scope)).toMatchObject({ verdict: 'pass' });

  stage.sandbox.control.arm({ kind: 'world', name: 'stray-key' });
  expect(await stage.activities.checkKeyIsolation(stage.scope)).toMatchObject({ verdict: 'fail' });
  const { credentials } = (await stage.others.listApiTokens()).value;
  for (const { id, name } of credentials) if (name === 'ci-staging') await stage.others.revokeApiToken(id);
  expect(await stage.activities.checkKeyIsolation(stage.scope)).toMatchObject({ verdict: 'pass' });
});
