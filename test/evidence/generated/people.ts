import { createHash, generateKeyPairSync } from 'node:crypto';
import { guardianIdOf } from '../../../src/domain/ids.ts';
import type { MessageName } from '../../../src/domain/messages.ts';
import type { Digest } from '../../../src/domain/verdict.ts';
import { decisionToken, published } from '../../approvals/signed.ts';
import type { Draft } from './draft.ts';

export const GOLIVE = 'golive/tenant_acme_prod/production';
const GUARDIAN = guardianIdOf('tenant_acme_prod', 'production');
const ISSUER = 'https://login.acme.example';
const KEY = generateKeyPairSync('ed25519');
const ELLIPTIC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const FORGER = generateKeyPairSync('ed25519');

export const KEY_SET = { keys: [published(KEY, 'login-1'), published(ELLIPTIC, 'login-2')] };

/** Who signs with which key: an issuer has several. */
const SIGNERS = {
  ed25519: { header: { alg: 'EdDSA', kid: 'login-1' }, key: KEY },
  p256: { header: { alg: 'ES256', kid: 'login-2' }, key: ELLIPTIC },
  forger: { header: { alg: 'EdDSA', kid: 'login-1' }, key: FORGER },
} as const;
export type SignerName = keyof typeof SIGNERS;

interface Saying {
  readonly name: MessageName;
  readonly by: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly isSigned: boolean;
}

/** Somebody says something, and it counts. */
export function say(draft: Draft, { name, by, body, text, isSigned }: Saying): void {
  const decision = isSigned
    ? sign(draft, { name, by, body }, draft.entries.length % 2 === 0 ? 'ed25519' : 'p256')
    : null;
  const said = { ...body, by, plan: draft.planDigest };
  draft.record('message', { name, by, counted: true, text, said, decision, refused: 0 });
}

/** Signs a decision and keeps it; answers its id. */
export function sign(
  draft: Draft,
  { name, by, body }: Pick<Saying, 'name' | 'by' | 'body'>,
  signer: SignerName,
): Digest {
  const jti = createHash('sha256')
    .update(`${draft.entries.length} ${by} ${draft.tokens.size}`)
    .digest('hex')
    .slice(0, 32);
  const seconds = Math.floor(draft.now / 1000) - 20;
  const token = decisionToken(
    {
      sub: by,
      groups: ['platform-oncall'],
      iat: seconds,
      nbf: seconds,
      exp: seconds + 600,
      jti,
      golive: draft.entries.some(({ kind }) => kind === 'taken-over') ? GUARDIAN : GOLIVE,
      plan: draft.planDigest,
      decision: { kind: name, ...body },
    },
    SIGNERS[signer],
  );
  const id: Digest = `sha256:${createHash('sha256')
    .update(JSON.stringify([ISSUER, jti]))
    .digest('hex')}`;
  draft.tokens.set(id, token);
  return id;
}
