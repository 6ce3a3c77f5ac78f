import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import type { DecisionProblem } from './decision.ts';

export const DECISION_ALGORITHMS = ['EdDSA', 'ES256'] as const;
export type DecisionAlgorithm = (typeof DECISION_ALGORITHMS)[number];

/** Private or symmetric members: whoever publishes one has made a mistake that must not be built upon. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const jwk = z
  .looseObject({
    kty: z.enum(['OKP', 'EC']),
    kid: z.string().min(1).max(200),
    use: z.literal('sig').optional(),
    /** The one person whose key it is. Without it the issuer vouches with it for anybody. */
    owner: z.string().min(1).max(200).optional(),
    groups: z.array(z.string().min(1).max(200)).max(200).optional(),
  })
  .refine((key) => PRIVATE_MEMBERS.every((member) => !Object.hasOwn(key, member)), 'is not a public key');

const keySet = z.object({ keys: z.array(jwk).min(1).max(200) });
export type KeySet = z.output<typeof keySet>;

/** A JWK set with public signing keys only; undefined for anything else, an empty set included. */
export function readKeySet(value: unknown): KeySet | undefined {
  return keySet.safeParse(value).data;
}

/** Whom a key may speak for: one person with some groups, or `null`, everybody. */
export type Speaker = { readonly owner: string; readonly groups: readonly string[] } | null;

type Selection =
  | { readonly ok: true; readonly key: KeyObject; readonly thumbprint: string; readonly speaker: Speaker }
  | { readonly ok: false; readonly problem: DecisionProblem };

/** The one key that a header names, when it fits the algorithm. Two keys of one name are no key. */
export async function selectKey({ keys }: KeySet, kid: string, algorithm: DecisionAlgorithm): Promise<Selection> {
  const refused = (code: DecisionProblem['code']): Selection => ({ ok: false, problem: { code, claim: 'kid' } });
  const [found, another] = keys.filter((key) => key.kid === kid);
  if (found === undefined) return refused('unknown-key');
  if (another !== undefined) return refused('ambiguous-key');
  try {
    const key = createPublicKey({ key: found as JsonWebKey, format: 'jwk' });
    if (!fits(key, algorithm)) return refused('unusable-key');
    const { owner, groups = [] } = found;
    const speaker = owner === undefined ? null : { owner, groups };
    return { ok: true, key, thumbprint: await calculateJwkThumbprint(key.export({ format: 'jwk' })), speaker };
  } catch {
    return refused('unusable-key');
  }
}

function fits(key: KeyObject, algorithm: DecisionAlgorithm): boolean {
  switch (algorithm) {
    case 'EdDSA':
      return key.asymmetricKeyType === 'ed25519';
    case 'ES256':
      return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  }
}
