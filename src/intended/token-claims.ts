import canonicalize from 'canonicalize';
import { z } from 'zod';
import { sha256 } from './sha256.ts';
import type { Expected, TokenProblem } from './token-rules.ts';
import { instant } from './wire/common.ts';

const text = z.string().min(1);
const numericDate = z.int().min(0);

/** The claims that are checked, with their types; what the contract always or only sometimes sends. */
const claimsSchema = z.object({
  iss: text,
  aud: z.union([text, z.array(text)]).optional(),
  iat: numericDate,
  nbf: numericDate.optional(),
  exp: numericDate,
  issuedAt: instant.optional(),
  expiresAt: instant.optional(),
  jti: text.optional(),
  nonce: text.optional(),
  tenantId: text.optional(),
  tid: text.optional(),
  tenant: text.optional(),
  intentId: text,
  decision: text,
  targetSystem: text,
  proposedAction: text,
  adapterId: text.optional(),
  intentHash: text.optional(),
  environmentKey: text.optional(),
});
export type Claims = z.output<typeof claimsSchema>;

type ClaimName = keyof Claims;

type ClaimsReading =
  { readonly ok: true; readonly claims: Claims } | { readonly ok: false; readonly problem: TokenProblem };

/** The checked claims of a payload, or the name of the first that is missing or of another type. */
export function readClaims(payload: Readonly<Record<string, unknown>>): ClaimsReading {
  const parsed = claimsSchema.safeParse(payload);
  if (parsed.success) return { ok: true, claims: parsed.data };
  const claim = String(parsed.error.issues[0]?.path[0] ?? 'payload');
  return { ok: false, problem: { code: Object.hasOwn(payload, claim) ? 'malformed-claim' : 'missing-claim', claim } };
}

const wrong = (claim: ClaimName): TokenProblem => ({ code: 'wrong-claim', claim });
const secondsOf = (moment: string) => Date.parse(moment) / 1000;

/** When a token ends, in seconds since the epoch: the earlier of its two spellings decides. */
export function endOf({ exp, expiresAt }: Claims): number {
  return expiresAt === undefined ? exp : Math.min(exp, secondsOf(expiresAt));
}

/** What is wrong with a token's life, beyond what holds for any token at this moment. */
export function lifeProblem(claims: Claims, { now, toleranceSec, maxLifetimeSec }: Expected): TokenProblem | undefined {
  const { iat, exp, issuedAt, expiresAt } = claims;
  if (exp <= iat) return wrong('exp');
  if (exp - iat > maxLifetimeSec) return { code: 'lives-too-long', claim: 'exp' };
  if (issuedAt !== undefined && Math.abs(secondsOf(issuedAt) - iat) > 1) return wrong('issuedAt');
  if (expiresAt !== undefined && Math.abs(secondsOf(expiresAt) - exp) > 1) return wrong('expiresAt');
  return now / 1000 < endOf(claims) + toleranceSec ? undefined : { code: 'expired', claim: 'expiresAt' };
}

/** What ties a token to the call it came from, each claim by value. */
export function bindingProblem(claims: Claims, expected: Expected): TokenProblem | undefined {
  const { intent } = expected;
  if (claims.jti === undefined && claims.nonce === undefined) return { code: 'missing-claim', claim: 'jti' };
  if (claims.jti !== undefined && claims.nonce !== undefined && claims.jti !== claims.nonce) return wrong('nonce');
  if (!(['tenantId', 'tid', 'tenant'] as const).some((name) => claims[name] !== undefined)) {
    return { code: 'missing-claim', claim: 'tenantId' };
  }
  const same = (claim: ClaimName, value: string) => claims[claim] === value;
  const sameIfPresent = (claim: ClaimName, value: string) => claims[claim] === undefined || same(claim, value);
  const rules: readonly (readonly [ClaimName, boolean])[] = [
    ['aud', expected.audience === undefined || same('aud', expected.audience)],
    ['tenantId', sameIfPresent('tenantId', expected.tenantId)],
    ['tid', sameIfPresent('tid', expected.tenantId)],
    ['tenant', sameIfPresent('tenant', expected.tenantId)],
    ['decision', expected.decisions.includes(claims.decision)],
    ['intentId', same('intentId', expected.intentId)],
    ['targetSystem', same('targetSystem', intent.targetSystem)],
    ['proposedAction', same('proposedAction', intent.proposedAction)],
    ['adapterId', sameIfPresent('adapterId', expected.adapterId)],
    ['environmentKey', sameIfPresent('environmentKey', expected.environmentKey)],
    ['intentHash', claims.intentHash === undefined || same('intentHash', hashOfIntent(expected))],
  ];
  const broken = rules.find(([, holds]) => !holds);
  return broken === undefined ? undefined : wrong(broken[0]);
}

/** `sha256:` and the hex SHA-256 of the RFC 8785 form of the intent as submitted. */
function hashOfIntent({ intent, tenantId }: Expected): string {
  const { actor, proposedAction, riskContext, targetSystem } = intent;
  const canonical = canonicalize({ actor, proposedAction, riskContext, targetSystem, tenantId }) ?? '';
  return sha256(canonical);
}
