import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeEnvelope,
  isSignedBy,
  newSigningKey,
  openSigner,
  preAuthEncoding,
  readPublicKey,
  signEnvelope,
} from '../../src/evidence/dsse.ts';
import { emptyDirectory } from './places.ts';

const TYPE = 'application/vnd.in-toto+json';
const key = newSigningKey();
const signer = openSigner(key.private);
const publicKey = readPublicKey(key.public);

const opened = (bytes: Uint8Array) => {
  const envelope = decodeEnvelope(bytes);
  if (typeof envelope === 'string') throw new Error(envelope);
  return envelope;
};

describe('an envelope', () => {
  test('encodes what is signed as DSSE v1.0.2 shows it', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test('gives back any payload, and holds with the key that signed and with no other', () => {
    const other = readPublicKey(newSigningKey().public);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        const envelope = opened(signEnvelope(signer, TYPE, payload));
        expect(Buffer.from(envelope.payload).equals(payload)).toBe(true);
        expect(isSignedBy(envelope, publicKey)).toBe(true);
        expect(isSignedBy(envelope, other)).toBe(false);
      }),
    );
  });

  test('whose payload, type or signature changes in one place does not hold', () => {
    const good = opened(signEnvelope(signer, TYPE, Buffer.from('what was signed')));
    fc.assert(
      fc.property(
        fc.constantFrom('payload', 'signature'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (part, at, flip) => {
          const [{ keyId, signature } = { keyId: '', signature: Buffer.alloc(0) }] = good.signatures;
          const bytes = Buffer.from(part === 'payload' ? good.payload : signature);
          const place = at % bytes.length;
          bytes[place] = (bytes[place] ?? 0) ^ flip;
          const changed =
            part === 'payload' ? { ...good, payload: bytes } : { ...good, signatures: [{ keyId, signature: bytes }] };
          expect(isSignedBy(changed, publicKey)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
    expect(isSignedBy({ ...good, payloadType: `${TYPE} ` }, publicKey)).toBe(false);
  });

  test('may have several signatures, in any order, in URL-safe base64, and its key ids decide nothing', () => {
    const payload = Buffer.from('signed by two ??>>');
    const second = newSigningKey();
    const [one, two] = [signer, openSigner(second.private)].map(
      (by) =>
        JSON.parse(Buffer.from(signEnvelope(by, TYPE, payload)).toString()) as {
          payload: string;
          signatures: { sig: string }[];
        },
    );
    const urlSafe = (text = '') => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const both = {
      payloadType: TYPE,
      payload: urlSafe(one?.payload),
      signatures: [two, one].map((by) => ({ keyid: 'nobody', sig: urlSafe(by?.signatures[0]?.sig) })),
    };
    const envelope = opened(Buffer.from(JSON.stringify(both)));
    expect(isSignedBy(envelope, publicKey)).toBe(true);
    expect(isSignedBy(envelope, readPublicKey(second.public))).toBe(true);
    expect(isSignedBy(envelope, readPublicKey(newSigningKey().public))).toBe(false);
  });

  test.each([
    '',
    '{',
    'null',
    '{}',
    '{"payload":"","payloadType":"t","signatures":[]}',
    '{"payload":"%","payloadType":"t","signatures":[{"sig":""}]}',
    '{"payload":"","payloadType":"t","signatures":[{"sig":""}],"more":1}',
  ])('is not %j', (text) => {
    expect(decodeEnvelope(Buffer.from(text))).toMatch(/^is not/);
  });

  test('is verified by the openssl command line, which also refuses it once a byte is added', () => {
    const directory = emptyDirectory();
    const payload = Buffer.from('{"what":"was signed"}');
    const [signature] = opened(signEnvelope(signer, TYPE, payload)).signatures;
    writeFileSync(join(directory, 'service.pub'), key.public);
    writeFileSync(join(directory, 's0.sig'), signature?.signature ?? '');
    writeFileSync(join(directory, 'pae.bin'), preAuthEncoding(TYPE, payload));
    const words = ['dgst', '-sha256', '-verify', 'service.pub', '-signature', 's0.sig', 'pae.bin'];
    expect(execFileSync('openssl', words, { cwd: directory }).toString()).toBe('Verified OK\n');
    writeFileSync(
      join(directory, 'pae.bin'),
      Buffer.concat([readFileSync(join(directory, 'pae.bin')), Buffer.from('x')]),
    );
    expect(() => execFileSync('openssl', words, { cwd: directory, stdio: 'pipe' })).toThrow('Command failed');
  });
});

test.each(['', 'CANARY', newSigningKey().private])(
  'a text that is no public key is refused without a word of it',
  (text) => {
    expect(() => readPublicKey(text.replace(/^-----BEGIN PRIVATE KEY-----$/m, '-----BEGIN CANARY-----'))).toThrow(
      'is not a public key on the curve P-256 in PEM',
    );
  },
);
