import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type IntendedOptions, openIntendedClient } from '../../src/intended/client.ts';
import { connect, json, KEY, serve, TENANT } from './platform.ts';

const OPTIONS: IntendedOptions = { baseUrl: 'https://api.intended.example', tenantId: TENANT, apiKey: KEY };

function complaintOf(change: object): string {
  try {
    openIntendedClient({ ...OPTIONS, ...change });
  } catch (error) {
    if (error instanceof TypeError) return inspect(error);
  }
  throw new Error('the options were expected to be refused');
}

test('addresses must be https, or http to this machine, and nothing but an address', () => {
  for (const baseUrl of [
    'http://api.intended.example',
    'http://127.0.0.1.intended.example',
    'ftp://127.0.0.1',
    'api.intended.example',
    '',
    'https://user:secret@api.intended.example',
    'https://api.intended.example/?key=secret',
    'https://api.intended.example/#x',
  ]) {
    expect(complaintOf({ baseUrl })).toContain('baseUrl: ');
    expect(complaintOf({ baseUrl })).not.toContain('secret');
    expect(complaintOf({ services: { 'policy-engine': baseUrl } })).toContain('policy-engine: ');
  }
  for (const baseUrl of [
    'https://api.intended.example/',
    'http://localhost:1',
    'http://127.0.0.1:1/v1',
    'http://[::1]:1',
  ]) {
    expect(openIntendedClient({ ...OPTIONS, baseUrl })).toBeDefined();
  }
});

test('a key or tenant that would break a header is refused without being shown', () => {
  for (const apiKey of ['', 'CANARY\r\nx-other: 1', 'CANARY CANARY', 'CANÄRY']) {
    expect(complaintOf({ apiKey })).toContain('apiKey: ');
    expect(complaintOf({ apiKey })).not.toContain('CAN');
  }
  expect(complaintOf({ tenantId: 'a\nb' })).toContain('tenantId: ');
});

test('deadlines must be numbers that a timer can keep', () => {
  for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    expect(complaintOf({ timeoutMs })).toContain('timeoutMs: ');
  }
});

test('paths can be replaced, but not by something that leads elsewhere or loses its subject', async () => {
  for (const paths of [
    { rollbackPolicy: '/v2/rollback' },
    { rollbackPolicy: '/v2/rollback/{version}' },
    { rollbackPolicy: 'v2/rollback/{versionId}' },
    { rollbackPolicy: '//evil.example/{versionId}' },
    { rollbackPolicy: '/../{versionId}' },
    { rollbackPolicy: '/rollback?id={versionId}' },
    { rollbackPolicy: '/rollback/{versionId}#x' },
    { rollbackPolicy: '/rollback/{versionId}/{versionId}' },
    { noSuchOperation: '/x' },
    { constructor: '/x' },
  ]) {
    expect(complaintOf({ paths })).toContain('paths');
  }
  const { baseUrl, seen } = await serve(json(500, {}));
  const client = connect(`${baseUrl}/base/`, {
    paths: { rollbackPolicy: '/t/{tenantId}/policy/{versionId}/restore' },
  });
  await expect(client.rollbackPolicy('v/1?x', { rolledBackBy: 'golive' })).rejects.toMatchObject({
    route: '/t/{tenantId}/policy/{versionId}/restore',
  });
  expect(seen[0]?.url).toBe(`/base/t/${TENANT}/policy/v%2F1%3Fx/restore`);
});

test('an id that would turn into another route is never sent', async () => {
  const { baseUrl, seen } = await serve(json(500, {}));
  const client = connect(baseUrl);
  for (const id of ['', '.', '..']) {
    await expect(client.rollbackPolicy(id, { rolledBackBy: 'golive' })).rejects.toThrow(TypeError);
    await expect(client.revokeApiToken(id)).rejects.toThrow(TypeError);
  }
  expect(seen).toHaveLength(0);
});

test('without a key nothing is sent in its place', async () => {
  const { baseUrl, seen } = await serve(json(500, {}));
  await expect(connect(baseUrl, { apiKey: null }).listRoles()).rejects.toMatchObject({ kind: 'unavailable' });
  expect(seen[0]?.headers.authorization).toBeUndefined();
});

test('a closed client sends nothing and can be closed again', async () => {
  const { baseUrl, seen } = await serve(json(500, {}));
  const client = connect(baseUrl);
  await client.close();
  await expect(client.listRoles()).rejects.toThrow('the client is closed');
  await client.close();
  expect(seen).toHaveLength(0);
});
