import { z } from 'zod';
import { parseStrictJson } from './strict-json.ts';
import type { Expected, TokenProblem } from './token-rules.ts';
import type { SigningAlgorithm } from './wire/keys.ts';

/** Longer is not a token of this platform. */
const LARGEST_TOKEN_BYTES = 8192;

/** Headers that could point to another key or change what is signed. */
const FORBIDDEN_HEADERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'];

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
 * Parts must be the one base64url spelling of strict JSON, so that every other parser reads the same.
 */
export function readTokenParts(token: string, expected: Expected): TokenParts {
  if (Buffer.byteLength(token) > LARGEST_TOKEN_BYTES) return refused('too-large');
  const [headerPart, payloadPart, signaturePart, ...rest] = token.split('.');
  if (headerPart === undefined || payloadPart === undefined || signaturePart === undefined || rest.length > 0) {
    return refused('malformed');
  }
  const header = objectIn(headerPart);
  if (header === undefined) return refused('malformed', 'header');
  const checked = checkHeader(header, expected);
  if (!checked.ok) return checked;
  const claims = objectIn(payloadPart);
  if (claims === undefined) return refused('malformed', 'payload');
  if (bytesIn(signaturePart) === undefined) return refused('malformed', 'signature');
  return { ok: true, header: checked.header, claims };
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

const object = z.record(z.string(), z.unknown());

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = bytesIn(part);
  if (bytes === undefined) return undefined;
  const json = parseStrictJson(bytes);
  return json.ok ? object.safeParse(json.value).data : undefined;
}

/** Node forgives foreign characters and left-over bits; only what is written back alike is the one spelling. */
function bytesIn(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}
