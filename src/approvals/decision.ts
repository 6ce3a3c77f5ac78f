import type { Digest } from '../domain/verdict.ts';

/** The `typ` of a signed decision, which no other token has. */
export const DECISION_TYPE = 'golive-decision+jwt';

/** What a person signed and what is believed of it: who, what and for how long. */
export interface SignedDecision {
  /** `sub`: the stable name of a person. */
  readonly by: string;
  readonly groups: readonly string[];
  readonly issuer: string;
  readonly kid: string;
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyThumbprint: string;
  /** Digest of `iss` and `jti`: what makes a decision count once. */
  readonly id: Digest;
  readonly plan: string;
  /** Name of the message: `approve`, `reject`, … */
  readonly kind: string;
  /** The message without its sender, its plan and its kind, as it was signed; its shape is for the receiver to check. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Why a token is no decision. `claim` is the name of a header or claim, never a value. */
export interface DecisionProblem {
  readonly code: DecisionProblemCode;
  readonly claim?: string;
}

export type DecisionProblemCode =
  | 'too-large'
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'type-not-allowed'
  | 'forbidden-header'
  | 'unknown-issuer'
  | 'no-keys'
  | 'unknown-key'
  | 'ambiguous-key'
  | 'unusable-key'
  | 'foreign-key'
  | 'wrong-signature'
  | 'missing-claim'
  | 'malformed-claim'
  | 'wrong-claim'
  | 'expired'
  | 'not-yet-valid'
  | 'lives-too-long';

export type DecisionReading =
  { readonly ok: true; readonly decision: SignedDecision } | { readonly ok: false; readonly problem: DecisionProblem };

/** Sentences for the person who signed; they name no value. */
const WORDS: Record<DecisionProblemCode, string> = {
  'too-large': 'the token is too large',
  malformed: 'the token is not a compact JWS of strict JSON',
  'algorithm-not-allowed': 'the algorithm is not one that this issuer may use',
  'type-not-allowed': 'the type is not golive-decision+jwt',
  'forbidden-header': 'the token has a header that could point to another key',
  'unknown-issuer': 'this worker does not know the issuer',
  'no-keys': 'the keys of the issuer cannot be read now; sign and send it again later',
  'unknown-key': 'the issuer has no such key',
  'ambiguous-key': 'the issuer has two keys of this name',
  'unusable-key': 'the key does not fit its algorithm',
  'foreign-key': 'the key does not speak for this person',
  'wrong-signature': 'the signature is wrong',
  'missing-claim': 'a claim is missing',
  'malformed-claim': 'a claim has another form',
  'wrong-claim': 'a claim is about something else',
  expired: 'the decision has expired; sign it again',
  'not-yet-valid': 'the decision is not valid yet: a clock is wrong',
  'lives-too-long': 'the decision would be valid for too long',
};

/** A problem as one sentence. */
export function describeProblem({ code, claim }: DecisionProblem): string {
  return claim === undefined ? WORDS[code] : `${WORDS[code]} (${claim})`;
}
