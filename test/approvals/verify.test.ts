import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeProblem, type DecisionProblem, type DecisionProblemCode } from '../../src/approvals/decision.ts';
import { verifyDecision, type TrustedIssuer } from '../../src/approvals/verify.ts';
import { newApproverKey, readApproverKey, signDecision } from '../../src/approvals/sign.ts';
import { contractJson } from '../support/plans.ts';
import {
  BEN_KEY,
  CHI_KEY,
  CLAIMS,
  CONTEXT,
  decisionToken,
  encoded,
  HEADER,
  hmacToken,
  ISSUER,
  keySet,
  NOW,
  published,
  RSA_KEY,
  STRANGER_KEY,
  tokenOf,
} from './signed.ts';

const SECOND = NOW / 1000;
const without = (name: string) => Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));
const verify = (token: string, issuer: TrustedIssuer = ISSUER) => verifyDecision(token, [issuer], CONTEXT);
const problemOf = async (token: string, issuer?: TrustedIssuer) => {
  const reading = await verify(token, issuer);
  return reading.ok ? 'accepted' : reading.problem;
};

describe('a key that names its owner', () => {
  const owned = { owner: 'Ben@acme.example', groups: ['platform-oncall', 'security'] };
  const issuer = { ...ISSUER, keys: keySet(published(BEN_KEY, 'ben-1', owned)) };

  it('speaks for that person, in any of the groups that stand there', async () => {
    expect(await problemOf(decisionToken(), issuer)).toBe('accepted');
  });

  it.each([
    ['somebody else', { sub: 'chi@acme.example' }, 'sub'],
    ['another group', { groups: ['platform-oncall', 'finance'] }, 'groups'],
  ])('does not speak for %s', async (_whom, claims, claim) => {
    expect(await problemOf(decisionToken(claims), issuer)).toEqual({ code: 'foreign-key', claim });
    expect(await problemOf(decisionToken(claims))).toBe('accepted');
  });
});

describe('a decision that holds', () => {
  it('says who decided what, and nothing else of the token', async () => {
    const reading = await verify(decisionToken());
    expect(reading).toMatchObject({
      ok: true,
      decision: {
        by: 'ben@acme.example',
        groups: ['platform-oncall'],
        issuer: CLAIMS.iss,
        kid: 'ben-1',
        plan: CLAIMS.plan,
        kind: 'approve',
        body: { gate: 'begin-traffic', nonce: 'b1c6', reason: 'checked the readiness report' },
      },
    });
    expect(JSON.stringify(reading)).not.toContain(CLAIMS.jti);
  });

  it('may be signed with either algorithm of its issuer', async () => {
    const token = decisionToken({ sub: 'chi@acme.example' }, { header: { alg: 'ES256', kid: 'chi-1' }, key: CHI_KEY });
    expect(await verify(token)).toMatchObject({ ok: true, decision: { by: 'chi@acme.example' } });
  });

  it('is what the contract shows', async () => {
    const { header, claims } = contractJson('decision-token.example.json') as { header: object; claims: object };
    expect(Object.keys(HEADER).toSorted()).toEqual(Object.keys(header).toSorted());
    expect(Object.keys(CLAIMS).toSorted()).toEqual(Object.keys(claims).toSorted());
    const { iat, exp, jti } = claims as typeof CLAIMS;
    const token = tokenOf(encoded(header), encoded(claims));
    const reading = await verifyDecision(token, [ISSUER], { ...CONTEXT, receivedAt: (iat + 5) * 1000 });
    expect(reading).toMatchObject({ ok: true, decision: { issuedAt: iat, expiresAt: exp } });
    expect(jti.length).toBeGreaterThanOrEqual(32);
  });

  it('has the same id whatever else differs, because a decision counts once by its jti', async () => {
    const ids = await Promise.all(
      [decisionToken(), decisionToken({ iat: CLAIMS.iat + 1 }), decisionToken({ jti: `${CLAIMS.jti}0` })].map(verifyId),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it.each(['EdDSA', 'ES256'] as const)('comes of our own signing with a new %s key', async (algorithm) => {
    const key = await newApproverKey(algorithm);
    const draft = {
      issuer: CLAIMS.iss,
      by: 'dee@acme.example',
      groups: [],
      tenant: 'tenant_acme_prod',
      environment: 'production',
      golive: CLAIMS.golive,
      plan: CLAIMS.plan,
      decision: { kind: 'resume' },
    };
    const read = readApproverKey(JSON.parse(JSON.stringify(key.private)));
    expect(read).toBeDefined();
    const token = await signDecision(draft, read ?? {}, NOW);
    const reading = await verify(token, { ...ISSUER, keys: keySet(key.public) });
    expect(reading).toMatchObject({ ok: true, decision: { by: 'dee@acme.example', kind: 'resume', body: {} } });
    expect(key.public).not.toHaveProperty('d');
  });
});

/** Every row names what is wrong; all but the first few are signed with the right key. */
type Row = readonly [string, () => string, DecisionProblemCode, string?];
const REFUSED: readonly Row[] = [
  ['nothing', () => '', 'malformed', 'token'],
  ['two parts', () => decisionToken().split('.').slice(0, 2).join('.'), 'malformed', 'token'],
  ['a text of 100 kB', () => decisionToken({ padding: 'x'.repeat(100_000) }), 'too-large'],
  ['no algorithm', () => `${encoded({ ...HEADER, alg: 'none' })}.${encoded(CLAIMS)}.`, 'algorithm-not-allowed', 'alg'],
  ['an HMAC keyed with the public key', () => hmacToken(BEN_KEY), 'algorithm-not-allowed', 'alg'],
  [
    'another algorithm that fits a key',
    () => decisionToken({}, { header: { alg: 'RS256', kid: 'rsa' }, key: RSA_KEY }),
    'algorithm-not-allowed',
    'alg',
  ],
  ['the algorithm of another key', () => decisionToken({}, { header: { alg: 'ES256' } }), 'unusable-key', 'kid'],
  ['a generic type', () => decisionToken({}, { header: { typ: 'JWT' } }), 'type-not-allowed', 'typ'],
  [
    'the type of an authority token',
    () => decisionToken({}, { header: { typ: 'authority+jwt' } }),
    'type-not-allowed',
    'typ',
  ],
  ['no key id', () => decisionToken({}, { header: { kid: undefined } }), 'missing-claim', 'kid'],
  ['an unknown key', () => decisionToken({}, { header: { kid: 'eve-1' } }), 'unknown-key', 'kid'],
  ['the key id of somebody else', () => decisionToken({}, { header: { kid: 'other-1' } }), 'wrong-signature'],
  ['a signature of a stranger', () => decisionToken({}, { key: STRANGER_KEY }), 'wrong-signature'],
  [
    'a key of its own',
    () => decisionToken({}, { header: { jwk: published(STRANGER_KEY, 'x') }, key: STRANGER_KEY }),
    'forbidden-header',
    'jwk',
  ],
  [
    'an address of keys',
    () => decisionToken({}, { header: { jku: 'https://eve.example' } }),
    'forbidden-header',
    'jku',
  ],
  [
    'a critical extension',
    () => decisionToken({}, { header: { crit: ['b64'], b64: false } }),
    'forbidden-header',
    'crit',
  ],
  [
    'a name twice in its claims',
    () =>
      tokenOf(
        encoded(HEADER),
        Buffer.from(`${JSON.stringify(CLAIMS).slice(0, -1)},"sub":"chi@acme.example"}`).toString('base64url'),
      ),
    'malformed',
    'payload',
  ],
  [
    'an end at infinity',
    () =>
      tokenOf(
        encoded(HEADER),
        Buffer.from(JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e400')).toString('base64url'),
      ),
    'malformed',
    'payload',
  ],
  ['another issuer', () => decisionToken({ iss: 'https://login.eve.example' }), 'unknown-issuer', 'iss'],
  ['another tenant', () => decisionToken({ aud: 'golive:production:tenant_other' }), 'wrong-claim', 'aud'],
  ['another environment', () => decisionToken({ aud: 'golive:staging:tenant_acme_prod' }), 'wrong-claim', 'aud'],
  ['two audiences', () => decisionToken({ aud: [CLAIMS.aud, 'other'] }), 'malformed-claim', 'aud'],
  ['another go-live', () => decisionToken({ golive: 'golive/tenant_acme_prod/staging' }), 'wrong-claim', 'golive'],
  [
    'an end that has passed',
    () => decisionToken({ iat: SECOND - 700, nbf: SECOND - 700, exp: SECOND - 31 }),
    'expired',
    'exp',
  ],
  [
    'a beginning in the future',
    () => decisionToken({ iat: SECOND + 600, nbf: SECOND + 600, exp: SECOND + 1200 }),
    'not-yet-valid',
    'iat',
  ],
  ['a validity that begins later', () => decisionToken({ nbf: SECOND + 600 }), 'not-yet-valid', 'nbf'],
  ['a life of an hour', () => decisionToken({ exp: CLAIMS.iat + 3600 }), 'lives-too-long', 'exp'],
  ['an end before its beginning', () => decisionToken({ exp: CLAIMS.iat }), 'wrong-claim', 'exp'],
  ['an end as text', () => decisionToken({ exp: String(CLAIMS.exp) }), 'malformed-claim', 'exp'],
  ['an identifier that can be guessed', () => decisionToken({ jti: '1' }), 'malformed-claim', 'jti'],
  ['a name with a space of no width', () => decisionToken({ sub: 'ben\u200b@acme.example' }), 'malformed-claim', 'sub'],
  ['a name in another spelling', () => decisionToken({ sub: 'ｂen@acme.example' }), 'malformed-claim', 'sub'],
  [
    'a decision without a kind',
    () => decisionToken({ decision: { gate: 'begin-traffic' } }),
    'malformed-claim',
    'decision',
  ],
  ...['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'golive', 'plan', 'decision'].map((name): Row => {
    const token = () => tokenOf(encoded(HEADER), encoded(without(name)));
    return [`no ${name}`, token, name === 'iss' ? 'unknown-issuer' : 'missing-claim', name];
  }),
];

describe('a token is no decision', () => {
  const rows = REFUSED.map(([what, token, code, claim]) => ({
    what,
    token,
    problem: claim === undefined ? { code } : { code, claim },
  }));
  it.each(rows)('with $what', async ({ token, problem }) => {
    expect(await problemOf(token())).toEqual(problem);
  });

  it('with the keys of its issuer out of reach', async () => {
    expect(await problemOf(decisionToken(), { ...ISSUER, keys: undefined })).toEqual({ code: 'no-keys' });
  });

  it('with two keys of one name', async () => {
    const keys = keySet(published(BEN_KEY, 'ben-1'), published(STRANGER_KEY, 'ben-1'));
    expect(await problemOf(decisionToken(), { ...ISSUER, keys })).toEqual({ code: 'ambiguous-key', claim: 'kid' });
  });

  it('whatever one changes of it: a thousand bytes flipped, none accepted, and every reason is a sentence', async () => {
    const seed = Number(process.env['GOLIVE_TEST_SEED'] ?? randomInt(2 ** 31));
    console.info(`flipped tokens: GOLIVE_TEST_SEED=${seed} repeats them`);
    const token = decisionToken();
    for (let turn = 0; turn < 1_000; turn += 1) {
      const place = (seed + turn * 7919) % token.length;
      const other = token.charAt(place) === 'A' ? 'B' : 'A';
      const flipped = token.slice(0, place) + other + token.slice(place + 1);
      const problem = await problemOf(flipped);
      expect(problem).not.toBe('accepted');
      expect(describeProblem(problem as DecisionProblem)).toMatch(/^[a-z].{10,}$/);
    }
  });
});

async function verifyId(token: string): Promise<string> {
  const reading = await verify(token);
  return reading.ok ? reading.decision.id : 'refused';
}
