import { z } from 'zod';
import type { DecisionProblem } from './decision.ts';

const numericDate = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().min(1).max(200);
/** At least 128 random bits, in hex or base64url. */
const identifier = z.string().regex(/^[A-Za-z0-9_-]{22,200}$/);
/** Invisible characters and other spellings would make one person look like another. */
const person = text.refine((name) => name === name.normalize('NFKC').trim() && !/[\p{Cc}\p{Cf}]/u.test(name));

const claimsSchema = z.object({
  iss: text,
  sub: person,
  groups: z.array(text).max(200).default([]),
  aud: z.string(),
  iat: numericDate,
  nbf: numericDate,
  exp: numericDate,
  jti: identifier,
  /** A workflow id, and Temporal's may be as long as this. */
  golive: z.string().min(1).max(1000),
  plan: text,
  decision: z.looseObject({ kind: text }),
});
export type DecisionClaims = z.output<typeof claimsSchema>;

type ClaimsReading =
  { readonly ok: true; readonly claims: DecisionClaims } | { readonly ok: false; readonly problem: DecisionProblem };

/** The claims of a decision (`contract/decision-token.example.json`), or the first that is missing or of another form. */
export function readClaims(payload: Readonly<Record<string, unknown>>): ClaimsReading {
  const parsed = claimsSchema.safeParse(payload);
  if (parsed.success) return { ok: true, claims: parsed.data };
  const claim = String(parsed.error.issues[0]?.path[0] ?? 'payload');
  const code = Object.hasOwn(payload, claim) ? 'malformed-claim' : 'missing-claim';
  return { ok: false, problem: { code, claim } };
}
