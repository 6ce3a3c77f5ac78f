import type { KeyObject } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import type { Expected, TokenProblem } from './token-rules.ts';
import type { SigningAlgorithm } from './wire/keys.ts';

/**
 * Signature, issuer and the times that hold for any token at this moment. A jose error carries the token's claims and
 * would be written into workflow history with them, so only its kind and the claim's name get out of here.
 */
export async function signatureProblem(
  token: string,
  { key, algorithm, expected }: { key: KeyObject; algorithm: SigningAlgorithm; expected: Expected },
): Promise<TokenProblem | undefined> {
  try {
    await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer: [...expected.issuers],
      requiredClaims: ['iss', 'iat', 'exp'],
      maxTokenAge: expected.maxLifetimeSec,
      clockTolerance: expected.toleranceSec,
      currentDate: new Date(expected.now),
    });
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

/** The claims that jose checks for us; it could not name another one. */
const CLAIMS = ['iss', 'iat', 'exp', 'nbf'];

function problemOf(error: unknown): TokenProblem {
  if (error instanceof errors.JWTExpired) return { code: 'expired', claim: error.claim === 'iat' ? 'iat' : 'exp' };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const claim = CLAIMS.find((name) => name === error.claim) ?? 'payload';
    return { code: claimProblemCode(error, claim), claim };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return { code: 'wrong-signature' };
  if (error instanceof errors.JOSEAlgNotAllowed) return { code: 'algorithm-not-allowed', claim: 'alg' };
  return { code: 'malformed' };
}

function claimProblemCode({ reason }: errors.JWTClaimValidationFailed, claim: string): TokenProblem['code'] {
  if (reason === 'missing') return 'missing-claim';
  if (reason === 'invalid') return 'malformed-claim';
  return claim === 'iss' ? 'wrong-claim' : 'not-yet-valid';
}
