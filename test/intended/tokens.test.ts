import { createHash, createPublicKey, createSecretKey } from 'node:crypto';
import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuthorityTokenRules } from '../../src/intended/token-rules.ts';
import { type AuthorityTokenVerdict, verifyAuthorityToken } from '../../src/intended/tokens.ts';
import type { AuthorityKey } from '../../src/intended/wire/keys.ts';
import { INTENT, TENANT } from './platform.ts';
import {
  CLAIMS,
  ELLIPTIC_KEY,
  encode,
  EXPECTED,
  forge,
  HEADER,
  ISSUER_KEY,
  KEYS,
  KID,
  NOW_SEC,
  OTHER_KEY,
  published,
  WEAK_KEY,
  withClaims,
  withHeader,
} from './token-vectors.ts';

const GOOD = forge(HEADER, CLAIMS);

async function verdictOf(
  token: string,
  { rules, keys = KEYS, ...facts }: { rules?: AuthorityTokenRules; keys?: readonly AuthorityKey[]; now?: number } = {},
): Promise<AuthorityTokenVerdict> {
  const verdict = await verifyAuthorityToken(token, { ...EXPECTED, rules, ...facts }, keys);
  expect(inspect(verdict, { depth: 9, showHidden: true })).not.toContain('CANARY');
  return verdict;
}

const invalid = (code: string, claim?: string) => ({ valid: false, code, ...(claim === undefined ? {} : { claim }) });

/** The vectors whose verdict is another one, by name. */
async function othersThan(
  verdict: object,
  vectors: Readonly<Record<string, string>>,
  options: Parameters<typeof verdictOf>[1] = {},
) {
  const others: Record<string, AuthorityTokenVerdict> = {};
  for (const [name, token] of Object.entries(vectors)) {
    const actual = await verdictOf(token, options);
    if (!isDeepStrictEqual(actual, verdict)) others[name] = actual;
  }
  return others;
}

test('a good token is valid and leaves only its key, its life and its digests', async () => {
  const sha256 = (data: string | Uint8Array) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
  expect(await verdictOf(GOOD)).toEqual({
    valid: true,
    kid: KID,
    keyFingerprint: sha256(ISSUER_KEY.publicKey.export({ type: 'spki', format: 'der' })),
    issuedAt: CLAIMS.iat,
    expiresAt: CLAIMS.exp,
    tokenSha256: sha256(GOOD),
    jtiSha256: sha256(CLAIMS.jti),
  });
});

test('a token in the other published claim form is valid as well', async () => {
  for (const change of [
    { tenantId: undefined, tid: TENANT },
    { tenantId: undefined, tenant: TENANT },
    { jti: undefined },
    { nonce: undefined },
    { nbf: undefined, issuedAt: undefined, expiresAt: undefined },
    { adapterId: undefined, environmentKey: undefined, aud: undefined, sub: undefined, adapterTarget: undefined },
  ]) {
    expect(await verdictOf(withClaims(change))).toMatchObject({ valid: true });
  }
});

test('no algorithm but RS256 is looked at, whatever would fit', async () => {
  const pem = published(ISSUER_KEY).publicKeyPem;
  const hmacOf = (secret: string | Buffer) =>
    forge({ ...HEADER, alg: 'HS256' }, CLAIMS, createSecretKey(Buffer.from(secret)));
  expect(
    await othersThan(invalid('algorithm-not-allowed', 'alg'), {
      none: forge({ ...HEADER, alg: 'none' }, CLAIMS, 'none'),
      'none with a signature': forge({ ...HEADER, alg: 'none' }, CLAIMS),
      'none in other case': forge({ ...HEADER, alg: 'NoNe' }, CLAIMS, 'none'),
      'HS256 with the public PEM': hmacOf(pem),
      'HS256 with the trimmed PEM': hmacOf(pem.trim()),
      'HS256 with the public DER': hmacOf(createPublicKey(pem).export({ type: 'spki', format: 'der' })),
      RS512: withHeader({ alg: 'RS512' }),
      PS256: withHeader({ alg: 'PS256' }),
      ES256: forge({ ...HEADER, alg: 'ES256' }, CLAIMS, ELLIPTIC_KEY.privateKey),
      'lower case': withHeader({ alg: 'rs256' }),
      missing: withHeader({ alg: undefined }),
      'a list': withHeader({ alg: ['RS256'] }),
    }),
  ).toEqual({});
});

test('ES256 works where it is configured and published, and only there', async () => {
  const token = forge({ ...HEADER, alg: 'ES256' }, CLAIMS, ELLIPTIC_KEY.privateKey);
  const keys = [published(ELLIPTIC_KEY, { alg: 'ES256' })];
  const rules: AuthorityTokenRules = { algorithms: ['RS256', 'ES256'] };
  expect(await verdictOf(token, { keys, rules })).toMatchObject({ valid: true });
  expect(await verdictOf(token, { keys })).toEqual(invalid('algorithm-not-allowed', 'alg'));
  expect(await verdictOf(GOOD, { keys, rules })).toEqual(invalid('algorithm-not-allowed', 'alg'));
  const mislabelled = [published(ELLIPTIC_KEY, { alg: 'RS256' })];
  expect(await verdictOf(GOOD, { keys: mislabelled, rules })).toEqual(invalid('unusable-key', 'kid'));
});

test('a header that brings or points to a key, or changes what is signed, is refused', async () => {
  const jwk = OTHER_KEY.publicKey.export({ format: 'jwk' });
  for (const [name, value] of Object.entries({
    jwk,
    jku: 'https://evil.example/keys',
    x5u: 'https://evil.example/cert',
    x5c: ['MIIB'],
    crit: ['exp'],
    b64: false,
  })) {
    const token = forge({ ...HEADER, [name]: value }, CLAIMS, OTHER_KEY.privateKey);
    expect(await verdictOf(token)).toEqual(invalid('forbidden-header', name));
  }
  expect(await verdictOf(withHeader({ crit: ['noSuchThing'], noSuchThing: 1 }))).toEqual(
    invalid('forbidden-header', 'crit'),
  );
  expect(await verdictOf(withHeader({ jwk: null }))).toEqual(invalid('forbidden-header', 'jwk'));
});

test('the type must be an accepted one, without regard to case', async () => {
  expect(await verdictOf(withHeader({ typ: 'Authority+JWT' }))).toMatchObject({ valid: true });
  expect(
    await othersThan(invalid('type-not-allowed', 'typ'), {
      generic: withHeader({ typ: 'JWT' }),
      'not accepted here': withHeader({ typ: 'AT+jwt' }),
      missing: withHeader({ typ: undefined }),
      'not text': withHeader({ typ: 1 }),
    }),
  ).toEqual({});
  expect(await verdictOf(withHeader({ typ: 'AT+jwt' }), { rules: { types: ['at+JWT'] } })).toMatchObject({
    valid: true,
  });
});

test('the key is the one that the token names, and no other that would fit', async () => {
  expect(
    await othersThan(
      invalid('missing-claim', 'kid'),
      { missing: withHeader({ kid: undefined }), empty: withHeader({ kid: '' }), 'not text': withHeader({ kid: 1 }) },
      { keys: [published(ISSUER_KEY)] },
    ),
  ).toEqual({});
  expect(await verdictOf(withHeader({ kid: 'other' }))).toEqual(invalid('wrong-signature'));
  expect(await verdictOf(withHeader({ kid: 'nobody' }))).toEqual(invalid('unknown-key', 'kid'));
  expect(await verdictOf(withHeader({ kid: '__proto__' }))).toEqual(invalid('unknown-key', 'kid'));
  expect(await verdictOf(forge(HEADER, CLAIMS, OTHER_KEY.privateKey))).toEqual(invalid('wrong-signature'));
});

test('no keys at all is told apart from a key that is unknown', async () => {
  expect(await verdictOf(GOOD, { keys: [] })).toEqual(invalid('no-keys'));
  expect(await verdictOf(GOOD, { keys: [published(OTHER_KEY, { kid: 'other' })] })).toEqual(
    invalid('unknown-key', 'kid'),
  );
});

test('two keys of one name are no key, even if one of them fits', async () => {
  const keys = [published(ISSUER_KEY), published(OTHER_KEY)];
  expect(await verdictOf(GOOD, { keys })).toEqual(invalid('ambiguous-key', 'kid'));
});

test('a replaced key is refused unless older tokens are expected', async () => {
  const keys = [published(ISSUER_KEY, { status: 'PREVIOUS' })];
  expect(await verdictOf(GOOD, { keys })).toEqual(invalid('inactive-key', 'kid'));
  const rules: AuthorityTokenRules = { keyStatuses: ['ACTIVE', 'PREVIOUS'] };
  expect(await verdictOf(GOOD, { keys, rules })).toMatchObject({ valid: true });
});

test('a key that is too weak, of another kind, private or no key at all is refused', async () => {
  const privatePem = ISSUER_KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const [first = ''] = published(ISSUER_KEY).publicKeyPem.split('-----END');
  for (const key of [
    published(WEAK_KEY),
    published(ELLIPTIC_KEY),
    published(ISSUER_KEY, { publicKeyPem: privatePem }),
    published(ISSUER_KEY, { publicKeyPem: first }),
    published(ISSUER_KEY, { publicKeyPem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' }),
    published(ISSUER_KEY, { publicKeyPem: published(ISSUER_KEY).publicKeyPem + published(OTHER_KEY).publicKeyPem }),
    published(ISSUER_KEY, { publicKeyPem: '' }),
  ]) {
    expect(await verdictOf(GOOD, { keys: [key] })).toEqual(invalid('unusable-key', 'kid'));
  }
  expect(await verdictOf(forge(HEADER, CLAIMS, WEAK_KEY.privateKey), { keys: [published(WEAK_KEY)] })).toEqual(
    invalid('unusable-key', 'kid'),
  );
});

test('a token that was changed after signing is refused', async () => {
  const [header = '', payload = '', signature = ''] = GOOD.split('.');
  const tampered = encode(JSON.stringify({ ...CLAIMS, proposedAction: 'delete.everything' }));
  const zero = encode(Buffer.alloc(256));
  expect(
    await othersThan(invalid('wrong-signature'), {
      'other payload': `${header}.${tampered}.${signature}`,
      'zero signature': `${header}.${payload}.${zero}`,
      'truncated signature': `${header}.${payload}.${encode(Buffer.from(signature, 'base64url').subarray(0, 200))}`,
      'signature of another token': `${header}.${payload}.${withClaims({ sub: 'x' }).split('.')[2]}`,
    }),
  ).toEqual({});
});

test('what is no compact token is refused', async () => {
  const [header = '', payload = '', signature = ''] = GOOD.split('.');
  expect(
    await othersThan(invalid('malformed'), {
      empty: '',
      word: 'token',
      'two parts': `${header}.${payload}`,
      'four parts': `${GOOD}.x`,
    }),
  ).toEqual({});
  expect(
    await othersThan(invalid('malformed', 'header'), {
      'empty header': `.${payload}.${signature}`,
      'padded header': `${header}=.${payload}.${signature}`,
      'space before': ` ${GOOD}`,
      'other alphabet': `${header.slice(0, -1)}+.${payload}.${signature}`,
      'header is a list': forge('[]', CLAIMS),
      'header is no JSON': forge('{', CLAIMS),
      'header names twice': forge(`{"alg":"none",${JSON.stringify(HEADER).slice(1)}`, CLAIMS),
    }),
  ).toEqual({});
  expect(
    await othersThan(invalid('malformed', 'payload'), {
      'empty payload': `${header}..${signature}`,
      'payload is text': forge(HEADER, '"x"'),
      null: forge(HEADER, 'null'),
    }),
  ).toEqual({});
  expect(
    await othersThan(invalid('malformed', 'signature'), {
      'no signature': `${header}.${payload}.`,
      'line break': `${GOOD}\n`,
    }),
  ).toEqual({});
});

test('a token of more than 8 KiB is refused unread', async () => {
  expect(await verdictOf(withClaims({ padding: 'x'.repeat(100_000) }))).toEqual(invalid('too-large'));
  expect(await verdictOf('x'.repeat(8_193))).toEqual(invalid('too-large'));
  expect(await verdictOf(withClaims({ padding: 'x'.repeat(4_000) }))).toMatchObject({ valid: true });
});

test('claims that two parsers could read differently are refused before the signature is even looked at', async () => {
  const claims = JSON.stringify(CLAIMS);
  const unsafe = (text: string) => forge(HEADER, text);
  expect(
    await othersThan(invalid('malformed', 'payload'), {
      'decision twice': unsafe(claims.replace('{', '{"decision":"DENIED",')),
      'tenant twice, escaped': unsafe(claims.replace('{', '{"\\u0074enantId":"tenant_other",')),
      'exp is 1e400': unsafe(claims.replace(`"exp":${CLAIMS.exp}`, '"exp":1e400')),
      'exp beyond safe integers': unsafe(claims.replace(`"exp":${CLAIMS.exp}`, '"exp":9007199254740993')),
      'prototype name': unsafe(claims.replace('{', '{"__proto__":{"decision":"APPROVED"},')),
      'deep nesting': unsafe(claims.replace('{', `{"x":${'['.repeat(100)}${']'.repeat(100)},`)),
      'trailing content': unsafe(`${claims}{}`),
      'byte order mark': unsafe(`\uFEFF${claims}`),
    }),
  ).toEqual({});
});

test('every required claim must be there', async () => {
  for (const claim of ['iss', 'iat', 'exp', 'intentId', 'decision', 'targetSystem', 'proposedAction', 'tenantId']) {
    expect(await verdictOf(withClaims({ [claim]: undefined }))).toEqual(invalid('missing-claim', claim));
  }
  expect(await verdictOf(withClaims({ jti: undefined, nonce: undefined }))).toEqual(invalid('missing-claim', 'jti'));
});

test('every claim must be of its type', async () => {
  for (const [claim, value] of [
    ['exp', `${CLAIMS.exp}`],
    ['exp', CLAIMS.exp + 0.5],
    ['exp', null],
    ['exp', [CLAIMS.exp]],
    ['iat', CLAIMS.iat + 0.5],
    ['iat', 'now'],
    ['nbf', `${CLAIMS.nbf}`],
    ['nbf', CLAIMS.nbf + 0.5],
    ['issuedAt', 'yesterday'],
    ['expiresAt', CLAIMS.exp],
    ['jti', ''],
    ['nonce', 7],
    ['tenantId', [TENANT]],
    ['decision', true],
    ['intentId', { id: 'intent_1' }],
    ['targetSystem', ''],
    ['adapterId', null],
    ['aud', 5],
  ] as const) {
    expect(await verdictOf(withClaims({ [claim]: value }))).toEqual(invalid('malformed-claim', claim));
  }
});

test('every claim must be ours', async () => {
  for (const [claim, value] of [
    ['iss', 'https://evil.example'],
    ['tenantId', 'tenant_other'],
    ['tid', 'tenant_other'],
    ['tenant', 'tenant_other'],
    ['intentId', 'intent_2'],
    ['decision', 'ESCALATED'],
    ['decision', 'approved'],
    ['decision', 'ALLOW'],
    ['targetSystem', 'golive/production'],
    ['proposedAction', 'golive.probe.deny'],
    ['adapterId', 'another-adapter'],
    ['environmentKey', 'staging'],
    ['nonce', 'another'],
  ] as const) {
    expect(await verdictOf(withClaims({ [claim]: value }))).toEqual(invalid('wrong-claim', claim));
  }
});

test('a configured audience is exactly one text and no list, not even a list of itself', async () => {
  const rules: AuthorityTokenRules = { audience: CLAIMS.aud };
  expect(await verdictOf(GOOD, { rules })).toMatchObject({ valid: true });
  expect(
    await othersThan(
      invalid('wrong-claim', 'aud'),
      {
        other: withClaims({ aud: 'another' }),
        missing: withClaims({ aud: undefined }),
        'list with another': withClaims({ aud: [CLAIMS.aud, 'another'] }),
        'list of it': withClaims({ aud: [CLAIMS.aud] }),
      },
      { rules },
    ),
  ).toEqual({});
});

test('the intent’s hash, when there is one, must be that of the intent as submitted', async () => {
  const canonical =
    '{"actor":{"id":"golive-probe:1","type":"service"},"proposedAction":"golive.probe.allow","riskContext":' +
    '{"baseRiskScore":10,"containsSensitiveData":false,"github":{"owner":"golive","ref":"refs/heads/main",' +
    '"repo":"no-op","workflowId":"noop.yml"},"policyCompliant":true,"requiresPrivilegedAccess":false,' +
    `"touchesProduction":false},"targetSystem":"golive/no-op","tenantId":"${TENANT}"}`;
  const intentHash = `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
  const token = withClaims({ intentHash });
  expect(await verdictOf(token)).toMatchObject({ valid: true });
  const other = { ...INTENT, actor: { id: 'golive-probe:2', type: 'service' } };
  expect(await verifyAuthorityToken(token, { ...EXPECTED, intent: other }, KEYS)).toEqual(
    invalid('wrong-claim', 'intentHash'),
  );
});

test('a token lives from its issue to its end, within the tolerance of the clocks', async () => {
  const at = (seconds: number) => ({ now: seconds * 1000 });
  expect(await verdictOf(GOOD, at(CLAIMS.exp + 29))).toMatchObject({ valid: true });
  expect(await verdictOf(GOOD, at(CLAIMS.exp + 30))).toEqual(invalid('expired', 'exp'));
  expect(await verdictOf(GOOD, at(CLAIMS.iat - 30))).toMatchObject({ valid: true });
  expect(await verdictOf(GOOD, at(CLAIMS.iat - 31))).toMatchObject({ valid: false, code: 'not-yet-valid' });
  const notBefore = withClaims({ nbf: NOW_SEC + 31 });
  expect(await verdictOf(notBefore)).toEqual(invalid('not-yet-valid', 'nbf'));
  const early = withClaims({ iat: NOW_SEC + 31, nbf: undefined, issuedAt: undefined });
  expect(await verdictOf(early)).toEqual(invalid('not-yet-valid', 'iat'));
  expect(await verdictOf(GOOD, { ...at(CLAIMS.exp + 5), rules: { toleranceSec: 5 } })).toEqual(
    invalid('expired', 'exp'),
  );
});

test('a token may not live longer than allowed, nor be issued long ago with a far end', async () => {
  const living = (from: number, seconds: number) =>
    withClaims({ iat: from, nbf: from, exp: from + seconds, issuedAt: undefined, expiresAt: undefined });
  expect(await verdictOf(living(NOW_SEC - 10, 600))).toMatchObject({ valid: true });
  expect(await verdictOf(living(NOW_SEC - 10, 601))).toEqual(invalid('lives-too-long', 'exp'));
  expect(await verdictOf(living(NOW_SEC - 10, 301), { rules: { maxLifetimeSec: 300 } })).toEqual(
    invalid('lives-too-long', 'exp'),
  );
  expect(await verdictOf(living(NOW_SEC - 1_200, 86_400))).toEqual(invalid('expired', 'iat'));
  expect(await verdictOf(living(NOW_SEC + 10, -5))).toMatchObject({ valid: false, claim: 'exp' });
});

test('both spellings of the times must agree, and the earlier end decides', async () => {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  expect(await verdictOf(withClaims({ expiresAt: iso(CLAIMS.exp + 2) }))).toEqual(invalid('wrong-claim', 'expiresAt'));
  expect(await verdictOf(withClaims({ issuedAt: iso(CLAIMS.iat - 2) }))).toEqual(invalid('wrong-claim', 'issuedAt'));
  const earlier = withClaims({ expiresAt: iso(CLAIMS.exp - 1) });
  expect(await verdictOf(earlier)).toMatchObject({ valid: true, expiresAt: CLAIMS.exp - 1 });
  expect(await verdictOf(earlier, { now: (CLAIMS.exp + 29) * 1000 })).toEqual(invalid('expired', 'expiresAt'));
});

test('a second token with the same identity is a replay, whatever its bytes', async () => {
  const first = await verdictOf(GOOD);
  const seenJti = new Set(first.valid ? [first.jtiSha256] : []);
  const again = withClaims({ sub: 'another' });
  expect(await verifyAuthorityToken(again, { ...EXPECTED, seenJti }, KEYS)).toEqual(invalid('replayed', 'jti'));
  const fresh = withClaims({ jti: 'new', nonce: 'new' });
  expect(await verifyAuthorityToken(fresh, { ...EXPECTED, seenJti }, KEYS)).toMatchObject({ valid: true });
});

test('whatever is handed in, the answer is a verdict that repeats none of it', async () => {
  const part = fc.oneof(fc.string(), fc.json().map(encode), fc.uint8Array().map(encode));
  const token = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(token, async (anything) => {
      expect(await verdictOf(anything)).toMatchObject({ valid: false });
    }),
  );
  const harmless = ['aud', 'sub', 'adapterTarget', 'nbf', 'iat', 'exp'];
  const value = fc.oneof(fc.jsonValue(), fc.constant(undefined));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(CLAIMS)), value, async (claim, changed) => {
      const { valid } = await verdictOf(withClaims({ [claim]: changed }));
      expect(valid && changed !== undefined && !harmless.includes(claim)).toBe(false);
    }),
  );
});
