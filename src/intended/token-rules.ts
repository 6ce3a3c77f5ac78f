import type { Digest } from '../domain/verdict.ts';
import type { Intent } from './wire/intents.ts';
import type { SigningAlgorithm } from './wire/keys.ts';

/** What a token has to fit: the facts of the call it came from, and the tenant's rules. */
export interface AuthorityTokenExpectations {
  readonly tenantId: string;
  /** The platform's word for the environment. */
  readonly environmentKey: string;
  /** The intent as it was submitted. */
  readonly intent: Intent;
  /** `intentId` of the answer that carried the token. */
  readonly intentId: string;
  /** `execution.adapterId` of that answer. */
  readonly adapterId: string;
  /** Digests of every `jti` seen before in this go-live. */
  readonly seenJti?: ReadonlySet<Digest> | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly rules?: AuthorityTokenRules | undefined;
}

/** A tenant's settings; the contract's values where nothing is said. */
export interface AuthorityTokenRules {
  readonly algorithms?: readonly SigningAlgorithm[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly issuers?: readonly string[] | undefined;
  readonly decisions?: readonly string[] | undefined;
  /** When set, `aud` must be exactly this one string. */
  readonly audience?: string | undefined;
  /** Tolerated difference of the clocks, in seconds. */
  readonly toleranceSec?: number | undefined;
  /** Longest life from `iat` to `exp`, in seconds. */
  readonly maxLifetimeSec?: number | undefined;
  /** A key that was replaced is only good for tokens that somebody else had made before. */
  readonly keyStatuses?: readonly ('ACTIVE' | 'PREVIOUS')[] | undefined;
}

export type TokenProblemCode =
  | 'too-large'
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'type-not-allowed'
  | 'forbidden-header'
  | 'no-keys'
  | 'unknown-key'
  | 'ambiguous-key'
  | 'inactive-key'
  | 'unusable-key'
  | 'wrong-signature'
  | 'missing-claim'
  | 'malformed-claim'
  | 'wrong-claim'
  | 'expired'
  | 'not-yet-valid'
  | 'lives-too-long'
  | 'replayed';

/** What is wrong, and with which header or claim of the contract. */
export interface TokenProblem {
  readonly code: TokenProblemCode;
  readonly claim?: string;
}

/** The expectations with every rule filled in. */
export type Expected = ReturnType<typeof withDefaults>;

export function withDefaults({ rules = {}, seenJti = new Set(), ...facts }: AuthorityTokenExpectations) {
  return {
    ...facts,
    seenJti,
    algorithms: rules.algorithms ?? (['RS256'] as const),
    types: rules.types ?? ['authority+jwt'],
    issuers: rules.issuers ?? ['intended:runtime'],
    decisions: rules.decisions ?? ['APPROVED'],
    audience: rules.audience,
    toleranceSec: rules.toleranceSec ?? 30,
    maxLifetimeSec: rules.maxLifetimeSec ?? 600,
    keyStatuses: rules.keyStatuses ?? (['ACTIVE'] as const),
  };
}
