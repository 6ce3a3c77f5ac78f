import { SignJWT } from 'jose';
import type { Behaviour } from '../platform/behaviour.ts';
import { timestamp } from '../platform/ids.ts';
import { generateSigningKey, signToken, tokenHeader, type AuthorityClaims } from '../platform/tokens.ts';
import { PRODUCTION, STAGING } from '../platform/world.ts';

export type IssueToken = Behaviour['issueToken'];

const HOUR = 3600;

/** Signed with a key that is not the tenant's, under the tenant's key id. */
export function badSignature(): IssueToken {
  const stranger = generateSigningKey('stranger');
  return async ({ key }, claims) => signToken({ ...(await stranger), kid: key.kid }, claims);
}

/** The oldest trick of all: no algorithm, no signature. */
export const algNone: IssueToken = ({ key }, claims) =>
  Promise.resolve(`${encoded({ ...tokenHeader(key.kid), alg: 'none' })}.${encoded(claims)}.`);

/** An HMAC whose key is the tenant's public key, as text. */
export const hs256PublicKey: IssueToken = ({ key }, claims) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ ...tokenHeader(key.kid), alg: 'HS256' })
    .sign(new TextEncoder().encode(key.publicKeyPem));

/** Well signed, an hour too late. */
export const expiredToken: IssueToken = ({ key }, claims) => signToken(key, anHourEarlier(claims));

/** Well signed, by a key that nobody can look up. */
export const unknownKid: IssueToken = ({ id, key }, claims) => signToken({ ...key, kid: `${id}:key_unknown` }, claims);

/** Well signed, but it speaks of the other tenant. */
export const wrongTenantToken: IssueToken = ({ id, key }, claims) => {
  const tenantId = id === PRODUCTION.tenantId ? STAGING.tenantId : PRODUCTION.tenantId;
  return signToken(key, { ...claims, tenantId });
};

function anHourEarlier(claims: AuthorityClaims): AuthorityClaims {
  const [iat, exp] = [claims.iat - HOUR, claims.exp - HOUR];
  return { ...claims, iat, nbf: iat, exp, issuedAt: timestamp(iat * 1000), expiresAt: timestamp(exp * 1000) };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
