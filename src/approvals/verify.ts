import { createHash, type KeyObject } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import { FORBIDDEN_HEADERS, readCompactToken } from '../domain/compact-token.ts';
import { readClaims, type DecisionClaims } from './claims.ts';
import {
  DECISION_TYPE,
  type DecisionProblem,
  type DecisionProblemCode,
  type DecisionReading,
  type SignedDecision,
} from './decision.ts';
import { personKey } from '../domain/person.ts';
import { selectKey, type DecisionAlgorithm, type KeySet, type Speaker } from './key-set.ts';

/** Whom the operator believes, and with which algorithms. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly algorithms: readonly DecisionAlgorithm[];
  /** Undefined when the keys could not be read. */
  readonly keys: KeySet | undefined;
}

/** What a decision has to be about. */
export interface DecisionContext {
  /** `golive:<environment>:<tenant>`. */
  readonly audience: string;
  /** Workflow id of the go-live. */
  readonly golive: string;
  /** When it was received, in milliseconds since the epoch. */
  readonly receivedAt: number;
}

const LARGEST_TOKEN = 8192;
const TOLERANCE = 30;
const LONGEST_LIFE = 15 * 60;

const refused = (code: DecisionProblemCode, claim?: string): { ok: false; problem: DecisionProblem } => ({
  ok: false,
  problem: claim === undefined ? { code } : { code, claim },
});

/** Who says to have signed a token: good for telling whose keys to read, and for nothing else. */
export function claimedIssuer(token: string): string | undefined {
  const parts = token.length <= LARGEST_TOKEN ? readCompactToken(token) : undefined;
  const issuer = parts?.ok === true ? parts.claims['iss'] : undefined;
  return typeof issuer === 'string' ? issuer : undefined;
}

/**
 * Verifies a signed decision, cheap checks first. Never throws for anything that a token can contain, and never repeats a
 * value of it. That a decision counts once is for the caller to see to, by its `id`.
 */
export async function verifyDecision(
  token: string,
  issuers: readonly TrustedIssuer[],
  context: DecisionContext,
): Promise<DecisionReading> {
  if (token.length > LARGEST_TOKEN) return refused('too-large');
  const parts = readCompactToken(token);
  if (!parts.ok) return refused('malformed', parts.part);
  const trusted = issuers.find(({ issuer }) => issuer === parts.claims['iss']);
  if (trusted === undefined) return refused('unknown-issuer', 'iss');
  const header = readHeader(parts.header, trusted.algorithms);
  if (!header.ok) return header;
  if (!parts.hasSignature) return refused('malformed', 'signature');
  const read = readClaims(parts.claims);
  if (!read.ok) return read;
  const problem = claimProblem(read.claims, context);
  if (problem !== undefined) return { ok: false, problem };
  if (trusted.keys === undefined) return refused('no-keys');
  const selected = await selectKey(trusted.keys, header.kid, header.algorithm);
  if (!selected.ok) return selected;
  const overreach = overreachOf(read.claims, selected.speaker);
  if (overreach !== undefined) return refused('foreign-key', overreach);
  const signature = await signatureProblem(token, selected.key, header.algorithm);
  if (signature !== undefined) return refused(signature);
  return { ok: true, decision: decisionOf(read.claims, header.kid, selected.thumbprint) };
}

type HeaderReading =
  | { readonly ok: true; readonly algorithm: DecisionAlgorithm; readonly kid: string }
  | { readonly ok: false; readonly problem: DecisionProblem };

function readHeader(
  { alg, typ, kid, ...rest }: Readonly<Record<string, unknown>>,
  algorithms: readonly DecisionAlgorithm[],
): HeaderReading {
  const algorithm = algorithms.find((allowed) => allowed === alg);
  if (algorithm === undefined) return refused('algorithm-not-allowed', 'alg');
  if (typ !== DECISION_TYPE) return refused('type-not-allowed', 'typ');
  const forbidden = FORBIDDEN_HEADERS.find((name) => Object.hasOwn(rest, name));
  if (forbidden !== undefined) return refused('forbidden-header', forbidden);
  return typeof kid === 'string' && kid !== '' ? { ok: true, algorithm, kid } : refused('missing-claim', 'kid');
}

function claimProblem(
  { aud, golive, iat, nbf, exp }: DecisionClaims,
  context: DecisionContext,
): DecisionProblem | undefined {
  const now = context.receivedAt / 1000;
  if (aud !== context.audience) return { code: 'wrong-claim', claim: 'aud' };
  if (golive !== context.golive) return { code: 'wrong-claim', claim: 'golive' };
  if (exp <= iat || nbf < iat - TOLERANCE || nbf > exp) return { code: 'wrong-claim', claim: 'exp' };
  if (exp - iat > LONGEST_LIFE) return { code: 'lives-too-long', claim: 'exp' };
  if (iat > now + TOLERANCE) return { code: 'not-yet-valid', claim: 'iat' };
  if (nbf > now + TOLERANCE) return { code: 'not-yet-valid', claim: 'nbf' };
  return now < exp + TOLERANCE ? undefined : { code: 'expired', claim: 'exp' };
}

/** The claim for which a key of one person does not speak: somebody else's name, or a group that is not that person's. */
function overreachOf({ sub, groups }: DecisionClaims, speaker: Speaker): 'sub' | 'groups' | undefined {
  if (speaker === null) return undefined;
  if (personKey(sub) !== personKey(speaker.owner)) return 'sub';
  return groups.every((group) => speaker.groups.includes(group)) ? undefined : 'groups';
}

/** A jose error carries what it verified, so only its kind gets out of here. */
async function signatureProblem(
  token: string,
  key: KeyObject,
  algorithm: DecisionAlgorithm,
): Promise<DecisionProblemCode | undefined> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] });
    return undefined;
  } catch (error) {
    return error instanceof errors.JWSSignatureVerificationFailed ? 'wrong-signature' : 'malformed';
  }
}

function decisionOf(
  { sub, groups, iss, jti, plan, decision, iat, exp }: DecisionClaims,
  kid: string,
  keyThumbprint: string,
): SignedDecision {
  const { kind, ...body } = decision;
  // Two issuers may hand out the same identifier.
  const id = `sha256:${createHash('sha256')
    .update(JSON.stringify([iss, jti]))
    .digest('hex')}` as const;
  return { by: sub, groups, issuer: iss, kid, keyThumbprint, id, plan, kind, body, issuedAt: iat, expiresAt: exp };
}
