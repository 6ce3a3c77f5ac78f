import type { Digest } from '../domain/verdict.ts';
import { sha256 } from './sha256.ts';
import { bindingProblem, endOf, lifeProblem, readClaims } from './token-claims.ts';
import { selectKey } from './token-keys.ts';
import { readTokenParts } from './token-parts.ts';
import { type AuthorityTokenExpectations, type TokenProblem, withDefaults } from './token-rules.ts';
import { signatureProblem } from './token-signature.ts';
import type { AuthorityKey } from './wire/keys.ts';

/** What may be kept of a good token: enough to prove which key signed which token, nothing that could be used. */
export interface ValidToken {
  readonly valid: true;
  readonly kid: string;
  /** SHA-256 of the key's SPKI bytes. */
  readonly keyFingerprint: Digest;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds since the epoch; the earlier of `exp` and `expiresAt`. */
  readonly expiresAt: number;
  readonly tokenSha256: Digest;
  /** SHA-256 of `jti`, to recognise a second token with the same one. */
  readonly jtiSha256: Digest;
}

/** Why a token is not good. `claim` is the name of a header or claim of the contract, never a value. */
export interface InvalidToken extends TokenProblem {
  readonly valid: false;
}

export type AuthorityTokenVerdict = ValidToken | InvalidToken;

/**
 * Verifies an authority token against the published keys and everything it has to be bound to (`x-token` in the
 * contract). Never throws for anything a token or a key list can contain, and never repeats a claim's value.
 *
 * `unknown-key` is worth one fresh read of the key list. `no-keys` means that nothing could be verified at all, which
 * is inconclusive; every other problem means that the token is wrong.
 */
export async function verifyAuthorityToken(
  token: string,
  expectations: AuthorityTokenExpectations,
  keys: readonly AuthorityKey[],
): Promise<AuthorityTokenVerdict> {
  const expected = withDefaults(expectations);
  const invalid = (problem: TokenProblem): InvalidToken => ({ valid: false, ...problem });

  const parts = readTokenParts(token, expected);
  if (!parts.ok) return invalid(parts.problem);
  const selected = selectKey(parts.header, keys, expected);
  if (!selected.ok) return invalid(selected.problem);
  const refused = await signatureProblem(token, { key: selected.key, algorithm: parts.header.alg, expected });
  if (refused !== undefined) return invalid(refused);
  const read = readClaims(parts.claims);
  if (!read.ok) return invalid(read.problem);
  const problem = lifeProblem(read.claims, expected) ?? bindingProblem(read.claims, expected);
  if (problem !== undefined) return invalid(problem);

  const jtiSha256 = sha256(read.claims.jti ?? read.claims.nonce ?? '');
  if (expected.seenJti.has(jtiSha256)) return invalid({ code: 'replayed', claim: 'jti' });
  return {
    valid: true,
    kid: parts.header.kid,
    keyFingerprint: sha256(selected.spki),
    issuedAt: read.claims.iat,
    expiresAt: endOf(read.claims),
    tokenSha256: sha256(token),
    jtiSha256,
  };
}
