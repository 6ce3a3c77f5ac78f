import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { z } from 'zod';
import { encodeCanonical } from './canonical.ts';

/** Signs bytes with the operator's key: ECDSA over P-256 and SHA-256, in DER, as `openssl dgst -sha256 -verify` takes it. */
export interface Signer {
  /** `sha256:` and the fingerprint of the public key (its DER); a hint for people, which decides nothing. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** An envelope that can be read. Whether a signature holds is another question: {@link isSignedBy}. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly { readonly keyId: string; readonly signature: Uint8Array }[];
}

const CURVE = 'prime256v1';
const LARGEST_ENVELOPE_BYTES = 1024 * 1024;

/** Standard or URL-safe, padded or not: verifiers must take both. */
const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/);
const envelopeSchema = z.strictObject({
  payload: base64,
  payloadType: z.string().min(1),
  signatures: z.array(z.strictObject({ keyid: z.string().default(''), sig: base64 })).min(1),
});

/**
 * The operator's key out of its PEM (PKCS#8 or SEC 1, not encrypted).
 * @throws {TypeError} that repeats nothing of it, when it is no private key on P-256
 */
export function openSigner(pem: string): Signer {
  const privateKey = privateKeyOf(pem);
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: fingerprintOf(publicKey),
    publicKey,
    sign: (bytes) => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'der' }),
  };
}

/**
 * A public key out of its PEM.
 * @throws {TypeError} when it is none on P-256
 */
export function readPublicKey(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (isOnCurve(key)) return key;
  } catch {
    // The library's message can quote what it was given.
  }
  throw new TypeError('is not a public key on the curve P-256 in PEM');
}

/** A new key and its public half, both in PEM. */
export function newSigningKey(): { readonly private: string; readonly public: string } {
  const pair = generateKeyPairSync('ec', {
    namedCurve: CURVE,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { private: pair.privateKey, public: pair.publicKey };
}

/** The fingerprint by which people compare public keys. */
export function fingerprintOf(publicKey: KeyObject): string {
  return `sha256:${createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;
}

/** What is signed (DSSE v1.0.2): the type and the exact bytes, so that neither can be read in another way. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), payload]);
}

/** The bytes of an envelope with one signature. Signing again makes other bytes: ECDSA has a random part. */
export function signEnvelope(signer: Signer, payloadType: string, payload: Uint8Array): Uint8Array {
  const signature = signer.sign(preAuthEncoding(payloadType, payload));
  return encodeCanonical({
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: [{ keyid: signer.keyId, sig: Buffer.from(signature).toString('base64') }],
  });
}

/** Reads an envelope strictly; a string says why it cannot be one. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | string {
  if (bytes.length > LARGEST_ENVELOPE_BYTES) return 'is too large';
  try {
    const read = envelopeSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (!read.success) return 'is not a DSSE envelope';
    const { payload, payloadType, signatures } = read.data;
    return {
      payloadType,
      payload: Buffer.from(payload, 'base64'),
      signatures: signatures.map(({ keyid, sig }) => ({ keyId: keyid, signature: Buffer.from(sig, 'base64') })),
    };
  } catch {
    return 'is not JSON';
  }
}

/** Whether one of the signatures was made with this key. Every signature is tried: the key id is only a hint. */
export function isSignedBy({ payloadType, payload, signatures }: Envelope, publicKey: KeyObject): boolean {
  const signed = preAuthEncoding(payloadType, payload);
  return signatures.some(({ signature }) => holds(signed, publicKey, signature));
}

function holds(signed: Uint8Array, publicKey: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify('sha256', signed, { key: publicKey, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

function privateKeyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (isOnCurve(key)) return key;
  } catch {
    // The library's message can quote what it was given.
  }
  throw new TypeError('is not a private key on the curve P-256 in PEM, without a passphrase');
}

function isOnCurve({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === CURVE;
}
