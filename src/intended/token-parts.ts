import { FORBIDDEN_HEADERS, readCompactToken } from '../domain/compact-token.ts';
import type { Expected, TokenProblem } from './token-rules.ts';
import type { SigningAlgorithm } from './wire/keys.ts';

/** Longer is not a token of this platform. */
const LARGEST_TOKEN_BYTES = 8192;

export interface TokenHeader {
  readonly alg: SigningAlgorithm;
  readonly kid: string;
}

type TokenParts =
  | { readonly ok: true; readonly header: TokenHeader; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: TokenProblem };

type HeaderReading =
  { readonly ok: true; readonly header: TokenHeader } | { readonly ok: false; readonly problem: TokenProblem };

const refused = (code: TokenProblem['code'], claim?: string): { ok: false; problem: TokenProblem } => ({
  ok: false,
  problem: claim === undefined ? { code } : { code, claim },
});

/**
 * Takes a compact token apart and checks its header, before any key is looked up and before anything is believed.
 */
export function readTokenParts(token: string, expected: Expected): TokenParts {
  if (Buffer.byteLength(token) > LARGEST_TOKEN_BYTES) return refused('too-large');
  const parts = readCompactToken(token);
  if (!parts.ok) return parts.part === 'token' ? refused('malformed') : refused('malformed', parts.part);
  const checked = checkHeader(parts.header, expected);
  if (!checked.ok) return checked;
  if (!parts.hasSignature) return refused('malformed', 'signature');
  return { ok: true, header: checked.header, claims: parts.claims };
}

function checkHeader(header: Readonly<Record<string, unknown>>, { algorithms, types }: Expected): HeaderReading {
  const { alg, typ, kid } = header;
  const algorithm = algorithms.find((allowed) => allowed === alg);
  if (algorithm === undefined) return refused('algorithm-not-allowed', 'alg');
  const forbidden = FORBIDDEN_HEADERS.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) return refused('forbidden-header', forbidden);
  if (typeof typ !== 'string' || !types.some((type) => type.toLowerCase() === typ.toLowerCase())) {
    return refused('type-not-allowed', 'typ');
  }
  if (typeof kid !== 'string' || kid === '') return refused('missing-claim', 'kid');
  return { ok: true, header: { alg: algorithm, kid } };
}
