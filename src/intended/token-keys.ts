import { createPublicKey, type KeyObject } from 'node:crypto';
import type { TokenHeader } from './token-parts.ts';
import type { Expected, TokenProblem } from './token-rules.ts';
import type { AuthorityKey, SigningAlgorithm } from './wire/keys.ts';

const LEAST_RSA_BITS = 2048;
const SPKI_PEM = /^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----\s*$/;

type Selection =
  | { readonly ok: true; readonly key: KeyObject; readonly spki: Uint8Array }
  | { readonly ok: false; readonly problem: TokenProblem };

const refused = (code: TokenProblem['code'], claim: string): Selection => ({ ok: false, problem: { code, claim } });

/** The one published key that a token's header names, when it may be used. Two keys of one name are no key. */
export function selectKey({ kid, alg }: TokenHeader, keys: readonly AuthorityKey[], expected: Expected): Selection {
  if (keys.length === 0) return { ok: false, problem: { code: 'no-keys' } };
  const [published, another] = keys.filter((key) => key.kid === kid);
  if (published === undefined) return refused('unknown-key', 'kid');
  if (another !== undefined) return refused('ambiguous-key', 'kid');
  if (!expected.keyStatuses.includes(published.status)) return refused('inactive-key', 'kid');
  if (published.alg !== alg) return refused('algorithm-not-allowed', 'alg');
  const key = readAuthorityKey(published);
  if (key === undefined) return refused('unusable-key', 'kid');
  return { ok: true, key, spki: key.export({ type: 'spki', format: 'der' }) };
}

/** A published key as a key object; undefined when it is not a PEM of the kind and strength that its algorithm needs. */
export function readAuthorityKey({ publicKeyPem, alg }: AuthorityKey): KeyObject | undefined {
  if (!SPKI_PEM.test(publicKeyPem)) return undefined;
  try {
    const key = createPublicKey({ key: publicKeyPem, format: 'pem' });
    return isStrong(key, alg) ? key : undefined;
  } catch {
    return undefined;
  }
}

function isStrong(key: KeyObject, algorithm: SigningAlgorithm): boolean {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (algorithm) {
    case 'RS256':
      return key.asymmetricKeyType === 'rsa' && modulusLength >= LEAST_RSA_BITS;
    case 'ES256':
      return key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  }
}
