import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { DecisionContext, TrustedIssuer } from '../../src/approvals/verify.ts';
import { readKeySet, type KeySet } from '../../src/approvals/key-set.ts';

export const NOW = 1_795_366_900_000;
const SECOND = NOW / 1000;

export const BEN_KEY = generateKeyPairSync('ed25519');
export const CHI_KEY = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
export const STRANGER_KEY = generateKeyPairSync('ed25519');
export const RSA_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 });

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const HEADER = { alg: 'EdDSA', kid: 'ben-1', typ: 'golive-decision+jwt' };

export const CLAIMS = {
  iss: 'https://login.acme.example',
  sub: 'ben@acme.example',
  groups: ['platform-oncall'],
  aud: 'golive:production:tenant_acme_prod',
  iat: SECOND - 100,
  nbf: SECOND - 100,
  exp: SECOND + 800,
  jti: '0f6f1b0e5a8a4f6c9f0b7d7f3c2a1e55',
  golive: 'golive/tenant_acme_prod/production',
  plan: `sha256:${'5'.repeat(64)}`,
  decision: { kind: 'approve', gate: 'begin-traffic', nonce: 'b1c6', reason: 'checked the readiness report' },
};

export const CONTEXT: DecisionContext = {
  audience: CLAIMS.aud,
  golive: CLAIMS.golive,
  receivedAt: NOW,
};

/** A public key as an operator's key set holds it. */
export function published({ publicKey }: KeyPair, kid: string, change: object = {}): object {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...change };
}

export function keySet(...keys: readonly object[]): KeySet {
  const set = readKeySet({ keys });
  if (set === undefined) throw new Error('this is no key set');
  return set;
}

export const ISSUER: TrustedIssuer = {
  issuer: CLAIMS.iss,
  algorithms: ['EdDSA', 'ES256'],
  keys: keySet(published(BEN_KEY, 'ben-1'), published(CHI_KEY, 'chi-1'), published(STRANGER_KEY, 'other-1')),
};

export const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS over any two texts, signed as EdDSA and ES256 want it. */
export function tokenOf(header: string, payload: string, { privateKey }: KeyPair = BEN_KEY): string {
  const input = `${header}.${payload}`;
  const isElliptic = privateKey.asymmetricKeyType === 'ec';
  const signature = isElliptic
    ? sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    : sign(privateKey.asymmetricKeyType === 'rsa' ? 'sha256' : null, Buffer.from(input), privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

/** The decision of the contract with other claims or headers, properly signed. */
export function decisionToken(
  claims: Readonly<Record<string, unknown>> = {},
  { header = {}, key = BEN_KEY }: { readonly header?: object; readonly key?: KeyPair } = {},
): string {
  return tokenOf(encoded({ ...HEADER, ...header }), encoded({ ...CLAIMS, ...claims }), key);
}

/** An HMAC keyed with a public key: what a verifier that trusts the header would accept. */
export function hmacToken({ publicKey }: KeyPair): string {
  const input = `${encoded({ ...HEADER, alg: 'HS256' })}.${encoded(CLAIMS)}`;
  const secret = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
