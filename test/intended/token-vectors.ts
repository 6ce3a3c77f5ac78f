import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AuthorityTokenExpectations } from '../../src/intended/token-rules.ts';
import type { AuthorityKey } from '../../src/intended/wire/keys.ts';
import { INTENT, TENANT } from './platform.ts';

export const KID = `${TENANT}:key_2026Q1`;
export const NOW_SEC = 1_776_675_800;

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const ISSUER_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const OTHER_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const WEAK_KEY = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const ELLIPTIC_KEY = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

export function published({ publicKey }: KeyPair, change: Partial<AuthorityKey> = {}): AuthorityKey {
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { kid: KID, publicKeyPem, alg: 'RS256', status: 'ACTIVE', ...change };
}

export const KEYS = [published(ISSUER_KEY), published(OTHER_KEY, { kid: 'other' })];

export const HEADER = { alg: 'RS256', typ: 'authority+jwt', kid: KID };

export const CLAIMS = {
  iss: 'intended:runtime',
  aud: 'github-actions-adapter',
  sub: 'CANARY-actor@acme.example',
  iat: NOW_SEC - 16,
  nbf: NOW_SEC - 16,
  exp: NOW_SEC + 284,
  jti: 'CANARY-jti',
  nonce: 'CANARY-jti',
  issuedAt: new Date((NOW_SEC - 16) * 1000).toISOString(),
  expiresAt: new Date((NOW_SEC + 284) * 1000).toISOString(),
  tenantId: TENANT,
  environmentKey: 'prod',
  intentId: 'intent_1',
  decision: 'APPROVED',
  targetSystem: INTENT.targetSystem,
  proposedAction: INTENT.proposedAction,
  adapterId: 'github-actions-adapter',
  adapterTarget: 'golive/no-op/noop.yml',
};

export const EXPECTED: AuthorityTokenExpectations = {
  tenantId: TENANT,
  environmentKey: 'prod',
  intent: INTENT,
  intentId: 'intent_1',
  adapterId: 'github-actions-adapter',
  now: NOW_SEC * 1000,
};

export const encode = (data: string | Uint8Array) => Buffer.from(data).toString('base64url');

/** A compact token of any header and payload; text is taken as it is, so that it can be anything but proper JSON. */
export function forge(
  header: object | string,
  payload: object | string,
  key: KeyObject | 'none' = ISSUER_KEY.privateKey,
) {
  const text = (part: object | string) => (typeof part === 'string' ? part : JSON.stringify(part));
  const input = `${encode(text(header))}.${encode(text(payload))}`;
  return `${input}.${signatureOf(input, key)}`;
}

function signatureOf(input: string, key: KeyObject | 'none'): string {
  if (key === 'none') return '';
  if (key.type === 'secret') return createHmac('sha256', key).update(input).digest('base64url');
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

/** A good token but for these claims; undefined leaves one out. */
export const withClaims = (change: object) => forge(HEADER, { ...CLAIMS, ...change });

/** A good token but for these headers; undefined leaves one out. */
export const withHeader = (change: object) => forge({ ...HEADER, ...change }, CLAIMS);
