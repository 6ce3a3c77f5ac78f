import { createHash, createVerify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { importSPKI, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  activeVersions,
  auditEvents,
  clientOf,
  decide,
  probe,
  PROD,
  publishedKey,
  STAGE,
  stagingClient,
  type Client,
} from './client.ts';

const created = z.object({ credential: z.object({ id: z.string() }), secret: z.string() });
const job = z.object({ id: z.string(), status: z.string(), eventCount: z.number().nullable() });

let sandbox: Sandbox;
let client: Client;
beforeEach(async () => {
  sandbox = await startSandbox({ rate: 0 });
  client = clientOf(sandbox);
});
afterEach(() => sandbox.close());

const emergency = (action: string, more: object = {}) =>
  client.post(`/admin/emergency-controls/${action}`, { reason: `golive:test:${action}`, ...more });
const rollback = (versionId: string, comments = 'golive:test:rollback') =>
  client.post(`/policy/rollback/${versionId}`, { rolledBackBy: 'ana@acme.example', comments });

describe('an authority token', () => {
  it('verifies under the published key and says what was decided', async () => {
    const intent = { tenantId: PROD, ...probe('golive.probe.allow') };
    const { intentId, authorityDecisionToken = '' } = await decide(client, 'golive.probe.allow');
    const { kid, publicKeyPem } = await publishedKey(client);
    const { payload, protectedHeader } = await jwtVerify(
      authorityDecisionToken,
      await importSPKI(publicKeyPem, 'RS256'),
      {
        algorithms: ['RS256'],
        issuer: 'intended:runtime',
        audience: 'github-actions-adapter',
        typ: 'authority+jwt',
      },
    );
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'authority+jwt', kid });
    expect(payload).toMatchObject({
      sub: 'golive-probe:1',
      tenantId: PROD,
      environmentKey: 'prod',
      intentId,
      decision: 'APPROVED',
      targetSystem: 'golive/no-op',
      proposedAction: 'golive.probe.allow',
      adapterId: 'github-actions-adapter',
      adapterTarget: 'golive/no-op/golive-probe.yml',
      intentHash: `sha256:${createHash('sha256')
        .update(canonicalize(intent) ?? '')
        .digest('hex')}`,
    });
    const { iat = 0, exp = 0, jti } = payload;
    expect(exp - iat).toBe(300);
    expect(payload['nonce']).toBe(jti);
    expect(Date.parse(String(payload['issuedAt']))).toBe(iat * 1000);
    expect(Date.parse(String(payload['expiresAt']))).toBe(exp * 1000);
  });

  it('is of the tenant alone: the two tenants have different keys', async () => {
    const [ours, theirs] = [await publishedKey(client), await publishedKey(stagingClient(sandbox))];
    expect(ours.publicKeyPem).not.toBe(theirs.publicKeyPem);
  });

  it('is used up by the platform’s own verification', async () => {
    const { authorityDecisionToken: token } = await decide(client, 'golive.probe.allow');
    const { publicKeyPem } = await publishedKey(client);
    const verify = async () => (await client.post('/verify/token', { token, publicKeyPem })).json();
    expect(await verify()).toMatchObject({ valid: true, reason: null, claims: { tenantId: PROD } });
    expect(await verify()).toMatchObject({ valid: false, reason: 'TOKEN_NONCE_CONSUMED', claims: null });
  });

  it('is refused by the platform when its signature was touched', async () => {
    const { authorityDecisionToken = '' } = await decide(client, 'golive.probe.allow');
    const [header, payload, signature = ''] = authorityDecisionToken.split('.');
    const token = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    const { publicKeyPem } = await publishedKey(client);
    const answer = await client.post('/verify/token', { token, publicKeyPem });
    expect(await answer.json()).toMatchObject({ valid: false, reason: 'TOKEN_SIGNATURE_INVALID' });
  });
});

describe('a decision', () => {
  it('allows and denies the probes, and denies what no policy knows', async () => {
    expect((await decide(client, 'golive.probe.allow')).authorityDecision.decision).toBe('APPROVED');
    const denied = await decide(client, 'golive.probe.deny');
    expect(denied.authorityDecision.decision).toBe('DENIED');
    expect(denied.reason).toBeUndefined();
    const unknown = await decide(client, 'golive.probe.unregistered');
    expect(unknown.authorityDecision.gateTrace.at(-1)?.reason).toBe('NO_MATCHING_POLICY');
    expect(unknown.authorityDecisionToken).toBeUndefined();
  });

  it('follows the version in force, back and forth', async () => {
    const decisions = async () => {
      const words = [];
      for (const version of ['pv_42', 'pv_41']) {
        words.push((await decide(client, `golive.probe.version.${version}`)).authorityDecision.decision);
      }
      return words;
    };
    expect(await decisions()).toEqual(['APPROVED', 'DENIED']);
    expect((await rollback('pv_41')).status).toBe(200);
    expect(await decisions()).toEqual(['DENIED', 'APPROVED']);
    expect((await rollback('pv_42')).status).toBe(200);
    expect(await decisions()).toEqual(['APPROVED', 'DENIED']);
  });

  it('refuses an intent whose target is not the one its risk context speaks of', async () => {
    const answer = await client.post('/intent', { ...probe('golive.probe.allow'), targetSystem: 'acme/other' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'INTENT_VALIDATION_FAILED' } });
  });

  it('is stored before it is answered, so that a lost answer can be found by its actor', async () => {
    sandbox.control.arm({ kind: 'call', operationId: 'submitIntent', effect: { kind: 'apply-then-drop' } });
    await expect(client.post('/intent', probe('golive.probe.allow'))).rejects.toThrow('fetch failed');
    expect(await (await client.get('/intents', { limit: '1' })).json()).toMatchObject({
      intents: [{ actor: { id: 'golive-probe:1' }, authorityDecision: { decision: 'APPROVED' } }],
    });
  });
});

describe('halting', () => {
  it.each([
    ['tenant_halt', 'tenant_resume', {}, 'tenant_halted'],
    ['environment_halt', 'environment_resume', { environmentKey: 'prod' }, 'environment_halted'],
    ['connector_pause', 'connector_resume', { targetRef: 'github-actions-adapter' }, 'connector_paused'],
  ])('by %s denies until %s', async (halt, resume, target, detail) => {
    expect(await (await emergency(halt, target)).json()).toMatchObject({ changed: true });
    const denied = await decide(client, 'golive.probe.allow');
    expect(denied).toMatchObject({ reason: 'fail_closed', detail, authorityDecision: { decision: 'DENIED' } });
    expect(denied.authorityDecisionToken).toBeUndefined();
    expect(await (await emergency(resume, target)).json()).toMatchObject({ changed: true });
    expect((await decide(client, 'golive.probe.allow')).authorityDecision.decision).toBe('APPROVED');
  });

  it('twice changes nothing the second time, and is audited both times', async () => {
    expect(await (await emergency('tenant_halt')).json()).toMatchObject({ changed: true });
    expect(await (await emergency('tenant_halt')).json()).toMatchObject({ changed: false, state: { halted: true } });
    expect(await auditEvents(client, { eventType: 'EMERGENCY_TENANT_HALT' })).toMatchObject({
      total: 2,
      events: [{ reason: 'golive:test:tenant_halt' }, {}],
    });
    expect(sandbox.control.ledger().filter(({ what }) => what === 'emergency')).toHaveLength(1);
  });

  it('leaves the other tenant and the rollback alone', async () => {
    await emergency('tenant_halt');
    expect((await decide(stagingClient(sandbox), 'golive.probe.allow')).authorityDecision.decision).toBe('APPROVED');
    expect((await rollback('pv_41')).status).toBe(200);
  });
});

describe('a rollback', () => {
  it('makes the named version active, supersedes the other and is audited in the words of the request', async () => {
    expect(await (await rollback('pv_41', 'golive:r1:policy-rollback')).json()).toMatchObject({
      packName: 'payments-guardrails',
      activeVersionId: 'pv_41',
      previousVersionId: 'pv_42',
    });
    expect(await activeVersions(client)).toEqual({ 'data-access': 'pv_17', 'payments-guardrails': 'pv_41' });
    expect(await auditEvents(client, { eventType: 'POLICY_ROLLED_BACK' })).toMatchObject({
      events: [{ reason: 'golive:r1:policy-rollback', targetRef: 'pv_41' }],
    });
    expect(sandbox.control.ledger()).toMatchObject([
      {
        what: 'rollback',
        pack: 'payments-guardrails',
        from: 'pv_42',
        to: 'pv_41',
        reason: 'golive:r1:policy-rollback',
      },
    ]);
  });

  it.each([
    ['pv_42', 'POLICY_VERSION_ALREADY_ACTIVE'],
    ['pv_43', 'POLICY_VERSION_NOT_ELIGIBLE'],
    ['pv_38', 'POLICY_VERSION_NOT_ELIGIBLE'],
  ])('to %s is refused as %s and changes nothing', async (versionId, code) => {
    const answer = await rollback(versionId);
    expect([answer.status, await answer.json()]).toMatchObject([409, { error: { code } }]);
    expect(sandbox.control.ledger()).toEqual([]);
  });
});

describe('the audit log', () => {
  it('is one unbroken chain from the first event, newest first', async () => {
    await decide(client, 'golive.probe.allow');
    await decide(client, 'golive.probe.deny');
    const { events, total } = await auditEvents(client, { limit: '1000' });
    expect(events).toHaveLength(total);
    const oldestFirst = events.toReversed();
    for (const [index, event] of oldestFirst.entries()) {
      expect(event.sequence).toBe(index + 1);
      expect(event.previousHash).toBe(oldestFirst[index - 1]?.hash ?? `sha256:${'0'.repeat(64)}`);
    }
    expect(await (await client.get(`/tenants/${PROD}/audit/chain-verification`)).json()).toMatchObject({
      valid: true,
      checkedEntries: total,
      latestHash: events[0]?.hash,
    });
  });

  it('holds what a decision says it wrote, under its correlation', async () => {
    const { correlationId, audit } = await decide(client, 'golive.probe.allow');
    const { events } = await auditEvents(client, { correlationId });
    expect(events.map(({ eventType }) => eventType).toReversed()).toEqual([
      'INTENT_RECEIVED',
      'AUTHORITY_DECIDED',
      'TOKEN_ISSUED',
      'EXECUTION_STARTED',
      'EXECUTION_COMPLETED',
    ]);
    expect(audit).toEqual({ entriesWritten: 5, latestHash: events[0]?.hash });
  });

  it('is exported with a digest and a signature that verify', async () => {
    await decide(client, 'golive.probe.allow');
    const { id } = job.parse(await (await client.post('/admin/audit-exports', { environmentKey: 'prod' })).json());
    await expect
      .poll(async () => job.parse(await (await client.get(`/admin/audit-exports/${id}`)).json()).status)
      .toBe('completed');
    const answer = await client.get(`/admin/audit-exports/${id}/download`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const { eventCount, events } = z
      .object({ eventCount: z.number(), events: z.array(z.unknown()) })
      .parse(JSON.parse(bytes.toString()));
    expect(events).toHaveLength(eventCount);

    const reprDigest = answer.headers.get('repr-digest') ?? '';
    expect(reprDigest).toBe(`sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`);
    const parameters = (answer.headers.get('signature-input') ?? '').replace(/^sig1=/, '');
    const signature = /^sig1=:(.+):$/.exec(answer.headers.get('signature') ?? '')?.[1] ?? '';
    const base = [
      '"@status": 200',
      `"content-type": ${answer.headers.get('content-type')}`,
      `"repr-digest": ${reprDigest}`,
      `"@signature-params": ${parameters}`,
    ].join('\n');
    const { publicKeyPem } = await publishedKey(client);
    expect(createVerify('sha256').update(base).verify(publicKeyPem, signature, 'base64')).toBe(true);
  });
});

describe('a key', () => {
  it('works until it is revoked', async () => {
    const wish = { name: 'golive:r1:token-revocation-drill:1', environmentKey: 'prod', scopes: ['audit:read'] };
    const { credential, secret } = created.parse(await (await client.post('/admin/api-tokens', wish)).json());
    const holder = clientOf(sandbox, secret);
    expect((await holder.get(`/tenants/${PROD}/audit`)).status).toBe(200);
    await client.post(`/admin/api-tokens/${credential.id}/revoke`, { reason: 'drill' });
    expect((await holder.get(`/tenants/${PROD}/audit`)).status).toBe(401);
    expect((await client.post(`/admin/api-tokens/${credential.id}/revoke`, { reason: 'drill' })).status).toBe(200);
    expect(sandbox.control.ledger().map(({ what }) => what)).toEqual(['credential-created', 'credential-revoked']);
  });

  it('ends with its own expiry', async () => {
    const expiresAt = '2020-01-01T00:00:00Z';
    const wish = { name: 'late', environmentKey: 'prod', scopes: ['audit:read'], expiresAt };
    const { secret } = created.parse(await (await client.post('/admin/api-tokens', wish)).json());
    expect((await clientOf(sandbox, secret).get(`/tenants/${PROD}/audit`)).status).toBe(401);
  });

  it('reaches neither the other tenant nor what its scopes do not name', async () => {
    const staging = clientOf(sandbox, sandbox.secrets.staging, PROD);
    for (const answer of [
      await staging.get('/policy/packs'),
      await staging.post('/intent', probe('golive.probe.allow')),
    ]) {
      expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: 'TENANT_MISMATCH' } }]);
    }
    const mixed = await client.get('/policy/packs', { tenantId: STAGE });
    expect(await mixed.json()).toMatchObject({ error: { code: 'TENANT_MISMATCH' } });
    const agents = await clientOf(sandbox, sandbox.secrets.agents).post('/admin/emergency-controls/tenant_halt', {
      reason: 'x',
    });
    expect([agents.status, await agents.json()]).toMatchObject([403, { error: { code: 'INSUFFICIENT_PERMISSIONS' } }]);
  });

  it('does not help to send more than a mebibyte', async () => {
    const answer = await client.post('/intent', { ...probe('golive.probe.allow'), padding: 'x'.repeat(1_100_000) });
    expect(answer.status).toBe(413);
  });
});
