import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseExportArtifact } from '../../src/intended/originals.ts';
import { exampleOf } from './contract.ts';
import { connect, failureOf, json, serve, TENANT, text } from './platform.ts';

const digestOf = (bytes: Uint8Array) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
const headersFor = (bytes: Uint8Array) => ({
  'content-type': 'application/json',
  'repr-digest': digestOf(bytes),
  'signature-input': 'sig1=("@status" "content-type" "repr-digest");created=1776772841;keyid="k";alg="rsa-v1_5-sha256"',
  signature: 'sig1=:AHPsJm1PtK2/PRBKpxT58RAy:',
});

test('an export comes as its bytes and headers exactly, also when it is larger than other answers may be', async () => {
  const bytes = Buffer.from(`{ "padding": "${'ä'.repeat(2_000_000)}" }\n`);
  const headers = headersFor(bytes);
  const { baseUrl } = await serve(text(200, bytes, headers));
  const { value } = await connect(baseUrl).downloadAuditExport('exp_1');
  expect(Buffer.compare(value.bytes, bytes)).toBe(0);
  expect(value).toMatchObject({
    contentType: headers['content-type'],
    reprDigest: headers['repr-digest'],
    signatureInput: headers['signature-input'],
    signature: headers.signature,
  });
});

test('an export without one of its three headers is refused', async () => {
  const bytes = Buffer.from('{}');
  for (const missing of ['repr-digest', 'signature-input', 'signature']) {
    const { [missing]: _, ...headers } = headersFor(bytes) as Record<string, string>;
    const { baseUrl } = await serve(text(200, bytes, headers));
    expect(await failureOf(connect(baseUrl).downloadAuditExport('exp_1'))).toMatchObject({ kind: 'surprising-shape' });
  }
});

test('an export is cut at its own limit', async () => {
  const { baseUrl } = await serve((response) => {
    const size = 64 * 1_048_576 + 1;
    response.writeHead(200, { ...headersFor(Buffer.from('{}')), 'content-length': String(size) }).write('{');
  });
  expect(await failureOf(connect(baseUrl).downloadAuditExport('exp_1'))).toMatchObject({ kind: 'surprising-shape' });
});

test('an export that is not ready is refused with its code', async () => {
  const { status, body } = exampleOf('downloadAuditExport', 'notReady');
  const { baseUrl } = await serve(json(status, body));
  expect(await failureOf(connect(baseUrl).downloadAuditExport('exp_1'))).toMatchObject({
    kind: 'refused',
    status: 409,
    code: 'EXPORT_NOT_READY',
  });
});

test('an artifact is read when it is ours, the one asked for, and complete', () => {
  const { body } = exampleOf('downloadAuditExport', 'small');
  const artifact = body as { exportId: string; events: unknown[]; eventCount: number };
  const read = (change: object, about: { tenantId?: string; exportId?: string } = {}) =>
    parseExportArtifact(Buffer.from(JSON.stringify({ ...artifact, ...change })), {
      tenantId: TENANT,
      exportId: artifact.exportId,
      ...about,
    });
  expect(read({})).toMatchObject({ ok: true, value: { eventCount: artifact.events.length } });
  expect(read({ eventCount: artifact.eventCount + 1 })).toMatchObject({ ok: false, issues: [{ path: 'eventCount' }] });
  expect(read({}, { exportId: 'other' })).toMatchObject({ ok: false, issues: [{ path: 'exportId' }] });
  expect(read({}, { tenantId: 'other' })).toMatchObject({ ok: false, issues: [{ path: 'tenantId' }] });
  expect(read({ events: undefined })).toMatchObject({ ok: false, issues: [{ path: 'events' }] });
  expect(parseExportArtifact(Buffer.from('{'), { tenantId: TENANT, exportId: 'x' })).toMatchObject({ ok: false });
});

test('an intent’s evidence is kept byte for byte', async () => {
  const { body } = exampleOf('getIntentEvidence', 'one');
  const { intentId } = body as { intentId: string };
  const bytes = Buffer.from(JSON.stringify(body, null, 3));
  const { baseUrl } = await serve(text(200, bytes));
  const { value } = await connect(baseUrl).getIntentEvidence(intentId);
  expect(Buffer.compare(value.bytes, bytes)).toBe(0);
  expect(value.bundle.intentId).toBe(intentId);
});
