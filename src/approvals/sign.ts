import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { z } from 'zod';
import { audienceOf } from '../domain/ids.ts';
import { DECISION_TYPE } from './decision.ts';
import { DECISION_ALGORITHMS, type DecisionAlgorithm } from './key-set.ts';

const privateKey = z.looseObject({
  kty: z.enum(['OKP', 'EC']),
  kid: z.string().min(1),
  alg: z.enum(DECISION_ALGORITHMS),
  d: z.string().min(1),
});

/** A person's signing key: a private JWK, and the public half for the operator's key set. */
export interface ApproverKey {
  readonly private: JWK;
  readonly public: JWK;
}

/** A new signing key. Its id is its thumbprint, which nobody can claim for another key. */
export async function newApproverKey(algorithm: DecisionAlgorithm): Promise<ApproverKey> {
  const { privateKey: secret } = await generateKeyPair(algorithm, { extractable: true });
  const { d, ...rest } = await exportJWK(secret);
  const kid = await calculateJwkThumbprint(rest);
  const common = { ...rest, kid, alg: algorithm };
  return { private: { ...common, d: d ?? '' }, public: { ...common, use: 'sig' } };
}

/** Reads a private JWK; undefined for anything else. */
export function readApproverKey(value: unknown): JWK | undefined {
  return privateKey.safeParse(value).data;
}

/** What a person signs. */
export interface DecisionDraft {
  readonly issuer: string;
  readonly by: string;
  readonly groups: readonly string[];
  readonly tenant: string;
  readonly environment: string;
  /** Workflow id of the go-live. */
  readonly golive: string;
  readonly plan: string;
  readonly decision: Readonly<Record<string, unknown>> & { readonly kind: string };
}

const LIFE = 10 * 60;

/** A compact JWS of the decision (`contract/decision-token.example.json`), good for ten minutes and for one use. */
export async function signDecision(draft: DecisionDraft, key: JWK, now = Date.now()): Promise<string> {
  const { issuer, by, groups, tenant, environment, golive, plan, decision } = draft;
  const iat = Math.floor(now / 1000);
  const claims = { groups: [...groups], golive, plan, decision };
  const { alg = '', kid = '' } = key;
  return new SignJWT(claims)
    .setProtectedHeader({ alg, kid, typ: DECISION_TYPE })
    .setIssuer(issuer)
    .setSubject(by)
    .setAudience(audienceOf({ tenant, environment }))
    .setIssuedAt(iat)
    .setNotBefore(iat)
    .setExpirationTime(iat + LIFE)
    .setJti(randomBytes(16).toString('hex'))
    .sign(await importJWK(key, alg));
}
