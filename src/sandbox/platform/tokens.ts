import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import {
  compactVerify,
  decodeProtectedHeader,
  errors,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
} from 'jose';
import { ADAPTER_ID } from './emergency.ts';
import { timestamp } from './ids.ts';
import { Refusal } from './refusal.ts';
import type { IntentRequest, VerifyTokenRequest } from './requests.ts';

const TOKEN_LIFETIME_SECONDS = 300;
const TOKEN_TYPE = 'authority+jwt';
const ISSUER = 'intended:runtime';

/** The signing key of one tenant, with the public half as the platform publishes it. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicKeyPem: string;
  readonly createdAt: string;
}

export async function generateSigningKey(tenantId: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const publicKeyPem = await exportSPKI(publicKey);
  return { kid: `${tenantId}:key_1`, privateKey, publicKey, publicKeyPem, createdAt: timestamp() };
}

/** The claims of x-token: the registered names and the platform's own, side by side. */
export interface AuthorityClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly nonce: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly tenantId: string;
  readonly environmentKey: string;
  readonly intentId: string;
  readonly decision: 'APPROVED';
  readonly targetSystem: string;
  readonly proposedAction: string;
  readonly adapterId: string;
  readonly adapterTarget: string;
  readonly intentHash: string;
  readonly memo: string;
}

export interface ApprovedIntent {
  readonly request: IntentRequest;
  readonly environmentKey: string;
  readonly intentId: string;
  readonly memo: string;
}

/** What the platform states about one approved intent; `issuedAt` is in seconds since the epoch. */
export function authorityClaims(
  { request, environmentKey, intentId, memo }: ApprovedIntent,
  issuedAt = Math.floor(Date.now() / 1000),
): AuthorityClaims {
  const nonce = randomUUID();
  const expiresAt = issuedAt + TOKEN_LIFETIME_SECONDS;
  return {
    iss: ISSUER,
    aud: ADAPTER_ID,
    sub: request.actor.id,
    iat: issuedAt,
    nbf: issuedAt,
    exp: expiresAt,
    jti: nonce,
    nonce,
    issuedAt: timestamp(issuedAt * 1000),
    expiresAt: timestamp(expiresAt * 1000),
    tenantId: request.tenantId,
    environmentKey,
    intentId,
    decision: 'APPROVED',
    targetSystem: request.targetSystem,
    proposedAction: request.proposedAction,
    adapterId: ADAPTER_ID,
    adapterTarget: `${request.targetSystem}/${request.riskContext.github.workflowId}`,
    intentHash: intentHash(request),
    memo,
  };
}

/** SHA-256 over the RFC 8785 serialisation of the intent as submitted. */
function intentHash({ actor, proposedAction, riskContext, targetSystem, tenantId }: IntentRequest): string {
  const text = canonicalize({ actor, proposedAction, riskContext, targetSystem, tenantId }) ?? '';
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

export type TokenHeader = Readonly<{ alg: string; typ: string; kid: string }>;

export function tokenHeader(kid: string): TokenHeader {
  return { alg: 'RS256', typ: TOKEN_TYPE, kid };
}

/** An honest authority token. */
export function signToken(key: SigningKey, claims: AuthorityClaims): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader(tokenHeader(key.kid)).sign(key.privateKey);
}

/** The contract's `VerifyTokenResult`. */
export interface TokenVerdict {
  readonly protocolVersion: 'meritt.authority.v1';
  readonly verificationModel: 'deterministic-rs256-hash-chain';
  readonly valid: boolean;
  readonly reason: string | null;
  readonly claims: Record<string, unknown> | null;
  readonly header: { readonly alg: string; readonly kid: string | null } | null;
}

export interface Verification {
  readonly tenantId: string;
  readonly key: SigningKey;
  readonly consumedNonces: Set<string>;
  readonly request: VerifyTokenRequest;
}

/** The platform's own verification (D-15): a valid token is used up by it. 400 when the question itself is wrong. */
export async function verifyToken({ tenantId, key, consumedNonces, request }: Verification): Promise<TokenVerdict> {
  if (request.expectedKid !== undefined && request.expectedKid !== key.kid) {
    const details = { field: 'expectedKid' };
    throw new Refusal(400, 'VERIFY_KEY_NOT_FOUND', 'This tenant has no key with the expected kid.', details);
  }
  if (request.publicKeyPem.trim() !== key.publicKeyPem.trim()) {
    const details = { field: 'publicKeyPem' };
    throw new Refusal(400, 'VERIFY_PUBLIC_KEY_MISMATCH', 'The supplied PEM is not the key of this tenant.', details);
  }
  const header = headerOf(request.token);
  if (header === null) return refused('TOKEN_MALFORMED', header);
  if (header.alg !== 'RS256') return refused('TOKEN_ALG_NOT_ALLOWED', header);
  if (header.kid !== key.kid) return refused('TOKEN_KID_MISMATCH', header);
  const claims = await claimsOf(request.token, key);
  if (typeof claims === 'string') return refused(claims, header);
  const reason = problemWith(claims, tenantId, request.expectedAdapterId) ?? consume(claims, consumedNonces);
  return reason === undefined ? verdict(null, claims, header) : refused(reason, header);
}

async function claimsOf(token: string, key: SigningKey): Promise<Record<string, unknown> | string> {
  try {
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: ['RS256'] });
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isRecord(claims) ? claims : 'TOKEN_MALFORMED';
  } catch (error) {
    return error instanceof errors.JWSSignatureVerificationFailed ? 'TOKEN_SIGNATURE_INVALID' : 'TOKEN_MALFORMED';
  }
}

function problemWith(claims: Record<string, unknown>, tenantId: string, adapterId?: string): string | undefined {
  const now = Date.now() / 1000;
  const { exp, nbf } = claims;
  if (typeof exp !== 'number' || exp <= now) return 'TOKEN_EXPIRED';
  if (typeof nbf === 'number' && nbf > now + 1) return 'TOKEN_NOT_YET_VALID';
  if (claims['tenantId'] !== tenantId) return 'TOKEN_TENANT_MISMATCH';
  if (adapterId !== undefined && claims['adapterId'] !== adapterId) return 'TOKEN_ADAPTER_MISMATCH';
  return undefined;
}

function consume(claims: Record<string, unknown>, consumedNonces: Set<string>): string | undefined {
  const nonce = claims['nonce'];
  if (typeof nonce !== 'string') return 'TOKEN_MALFORMED';
  if (consumedNonces.has(nonce)) return 'TOKEN_NONCE_CONSUMED';
  consumedNonces.add(nonce);
  return undefined;
}

function headerOf(token: string): TokenVerdict['header'] {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { alg: alg ?? '', kid: kid ?? null };
  } catch {
    return null;
  }
}

function refused(reason: string, header: TokenVerdict['header']): TokenVerdict {
  return verdict(reason, null, header);
}

function verdict(reason: string | null, claims: TokenVerdict['claims'], header: TokenVerdict['header']): TokenVerdict {
  return {
    protocolVersion: 'meritt.authority.v1',
    verificationModel: 'deterministic-rs256-hash-chain',
    valid: reason === null,
    reason,
    claims,
    header,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
