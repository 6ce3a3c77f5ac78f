import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { expect, onTestFinished, test } from 'vitest';
import { type Certificate, certify } from './certificates.ts';
import { connect, failureOf, json, listen, TENANT } from './platform.ts';

const STATE = { tenantId: TENANT, halted: false, environments: [], connectorsPaused: [], lastChange: null };
const HERE = [127, 0, 0, 1];
const UNTRUSTED = { kind: 'no-answer', reason: 'untrusted-certificate' };

/** An https platform with this certificate, and how many requests reached it. */
async function serveTls({ certificate, key }: Certificate) {
  const reached: string[] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    reached.push(request.url ?? '');
    json(200, STATE)(response, request);
  });
  server.on('tlsClientError', () => undefined);
  return { baseUrl: await listen(server, 'https'), reached };
}

test('a certificate of a private authority is trusted once that authority is added', async () => {
  const authority = certify({ commonName: 'acme root' });
  const { baseUrl } = await serveTls(certify({ commonName: 'platform', issuer: authority.issuer, address: HERE }));
  expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject(UNTRUSTED);
  const client = connect(baseUrl, { certificateAuthority: authority.certificate });
  expect((await client.getEmergencyState()).value.halted).toBe(false);
});

test('self-signed, expired, foreign and wrongly addressed certificates are refused before anything is sent', async () => {
  const authority = certify({ commonName: 'acme root' });
  const { issuer } = authority;
  const past = new Date(Date.now() - 60_000);
  const impostor = certify({ commonName: 'acme root' });
  for (const certificate of [
    certify({ commonName: 'platform', address: HERE }),
    certify({ commonName: 'platform', issuer, address: HERE, validUntil: past }),
    certify({ commonName: 'platform', issuer: impostor.issuer, address: HERE }),
    certify({ commonName: 'platform', issuer, address: [127, 0, 0, 2] }),
  ]) {
    const { baseUrl, reached } = await serveTls(certificate);
    const client = connect(baseUrl, { certificateAuthority: authority.certificate });
    expect(await failureOf(client.getEmergencyState())).toMatchObject(UNTRUSTED);
    expect(reached).toHaveLength(0);
  }
});

test('the environment cannot turn verification off', async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  const { baseUrl, reached } = await serveTls(certify({ commonName: 'platform', address: HERE }));
  expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject(UNTRUSTED);
  expect(reached).toHaveLength(0);
});

test('a server that does not speak TLS is not fallen back to', async () => {
  const baseUrl = await listen(
    createPlainServer((request, response) => json(200, STATE)(response, request)),
    'https',
  );
  expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject({ kind: 'no-answer' });
});
