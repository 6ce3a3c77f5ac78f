import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { MESSAGE_NAMES } from '../../../src/domain/messages.ts';
import { CLAIMS, encoded, tokenOf } from '../signed.ts';
import { base64url, CANARY, oneOf, signedWith, type Forge, type Forgery, type Genuine } from './genuine.ts';

const SECOND = CLAIMS.iat;

/** Properly signed, and about something else: the worst that somebody with a key can send. */
export const otherClaims: Forge = (genuine) => {
  const { decision } = genuine.claims;
  const changes: readonly object[] = [
    ...[
      'golive:production:tenant_other',
      'golive:staging:tenant_acme_prod',
      'golive:production:tenant_acme_prod ',
      CANARY,
      '',
    ].map((aud) => ({ aud })),
    ...[[CLAIMS.aud], [CLAIMS.aud, CANARY], null, 1, {}].map((aud) => ({ aud })),
    ...[
      'golive/tenant_acme_prod/staging',
      'golive/tenant_other/production',
      'GOLIVE/tenant_acme_prod/production',
      CANARY,
    ].map((golive) => ({ golive })),
    ...[`sha256:${'0'.repeat(64)}`, '5'.repeat(64), `SHA256:${'5'.repeat(64)}`, `${CLAIMS.plan} `, CANARY].map(
      (plan) => ({ plan }),
    ),
    ...['https://login.eve.example', `${CLAIMS.iss}/`, 'HTTPS://login.acme.example', CANARY, null].map((iss) => ({
      iss,
    })),
    ...[
      'ana@acme.example',
      'Ana@acme.example',
      'eve@acme.example',
      `${CANARY}@acme.example`,
      'ben@acme.example.eve.example',
    ].map((sub) => ({ sub })),
    ...[
      'ben\u200b@acme.example',
      'ｂen@acme.example',
      ' ben@acme.example',
      'ben@acme.example\u0000',
      '',
      7,
      ['ben@acme.example'],
    ].map((sub) => ({ sub })),
    ...['1', '', CANARY, 'x'.repeat(300), 7, '../../../../etc/passwd-aaaaaaaaaaaa'].map((jti) => ({ jti })),
    { iat: SECOND - 7_200, nbf: SECOND - 7_200, exp: SECOND - 6_600 },
    { iat: SECOND + 6_000, nbf: SECOND + 6_000, exp: SECOND + 6_600 },
    { iat: SECOND + 150, nbf: SECOND + 125 },
    { exp: SECOND + 86_400 },
    { exp: SECOND },
    { nbf: SECOND + 700 },
    { exp: String(SECOND + 800) },
    { iat: -1 },
    { iat: SECOND + 0.5 },
    { exp: Number.MAX_SAFE_INTEGER },
    ...Object.keys(CLAIMS)
      .filter((name) => name !== 'groups')
      .map((name) => ({ [name]: undefined })),
    ...[null, [], 'approve', CANARY, {}, { ...decision, kind: undefined }].map((it) => ({ decision: it })),
    ...[CANARY, 'Approve', 'approve ', 'constructor', '__proto__'].map((kind) => ({ decision: { ...decision, kind } })),
    ...MESSAGE_NAMES.filter((kind) => kind !== genuine.name).map((kind) => ({ decision: { ...decision, kind } })),
    ...[
      { force: true },
      { token: CANARY },
      { [CANARY]: 1 },
      { reason: 'x'.repeat(2_500) },
      { reason: '' },
      { reason: 7 },
    ].map((more) => ({ decision: { ...decision, ...more } })),
    ...('gate' in decision ? OTHER_GATES.map((more) => ({ decision: { ...decision, ...more } })) : []),
  ];
  return fc.constantFrom(...changes).map((claims) => ({
    how: `claims ${JSON.stringify(claims).slice(0, 80)}`,
    token: signedWith(genuine, { claims: { jti: randomBytes(16).toString('hex'), ...claims } }),
  }));
};

const OTHER_GATES: readonly object[] = [
  { gate: 'increase-traffic' },
  { gate: 'release-kill-switch' },
  { gate: 'Begin-traffic' },
  { gate: CANARY },
  { gate: undefined },
  { gate: ['begin-traffic'] },
  { nonce: undefined },
  { nonce: 'a0f7' },
  { nonce: 'B1C6' },
  { nonce: CANARY },
  { nonce: null },
  { shown: `sha256:${'0'.repeat(64)}` },
  { shown: CANARY },
];

/** Any JSON where a claim belongs; only what may be anything is left alone. */
export const anyClaim: Forge = (genuine) =>
  fc
    .tuple(
      fc.constantFrom('iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'golive', 'plan', 'decision'),
      fc.jsonValue(),
    )
    .map(([claim, value]) => ({
      how: `any ${claim}`,
      token: signedWith(genuine, { claims: { jti: randomBytes(16).toString('hex'), [claim]: value } }),
    }));

/** JSON that two parsers read in two ways, or none; properly signed. */
export const otherJson: Forge = ({ header, claims, key }) => {
  const [headerText, text] = [JSON.stringify(header), JSON.stringify(claims)];
  const open = text.slice(0, -1);
  const payloads: Readonly<Record<string, string | Uint8Array>> = {
    'a name twice': `${open},"sub":"dee@acme.example"}`,
    'a name twice, once escaped': `${open},"\\u0073ub":"dee@acme.example"}`,
    'a name twice inside': text.replace('"kind"', '"kind":"abort","kind"'),
    'a prototype': `${open},"__proto__":{"sub":"dee@acme.example"}}`,
    'a constructor': `${open},"constructor":{}}`,
    'a number without end': text.replace(/"exp":\d+/, '"exp":1e400'),
    'a number too exact': text.replace(/"iat":\d+/, '"iat":9007199254740993'),
    'not a number': text.replace(/"exp":\d+/, '"exp":NaN'),
    'a comment': `${open}/* */}`,
    'a comma too many': `${open},}`,
    'single quotes': text.replaceAll('"', "'"),
    'two documents': text + text,
    'a list': `[${text}]`,
    'a text': JSON.stringify(text),
    nothing: '',
    null: 'null',
    'nested without end': `${open},"deep":${'['.repeat(300)}${']'.repeat(300)}}`,
    'half a character': `${open},"half":"\\ud800"}`,
    'a byte order mark': `\ufeff${text}`,
    'UTF-16': Buffer.from(text, 'utf16le'),
    'no UTF-8': Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe])]),
    'cut off': text.slice(0, text.length / 2),
    'too large': `${open},"padding":"${CANARY.repeat(700)}"}`,
  };
  const headers: Readonly<Record<string, string>> = {
    'a name twice': `${headerText.slice(0, -1)},"alg":"none"}`,
    'a list': `[${headerText}]`,
    nothing: '',
    'a prototype': `${headerText.slice(0, -1)},"__proto__":{"alg":"none"}}`,
    'half a character': `${headerText.slice(0, -1)},"x":"\\udfff"}`,
  };
  return fc.oneof(
    { weight: 4, arbitrary: oneOf(mapped(payloads, (payload) => tokenOf(encoded(header), base64url(payload), key))) },
    oneOf(mapped(headers, (it) => tokenOf(base64url(it), encoded(claims), key))),
  );
};

function mapped<T>(texts: Readonly<Record<string, T>>, make: (text: T) => string): Record<string, () => string> {
  return Object.fromEntries(Object.entries(texts).map(([how, text]) => [`JSON: ${how}`, () => make(text)]));
}

/** A genuine decision sent as another message than it was signed for. */
export const sentAsAnother = (genuine: Genuine): fc.Arbitrary<Forgery> =>
  fc.constantFrom(...MESSAGE_NAMES.filter((name) => name !== genuine.name)).map((name) => ({
    how: `sent as ${name}`,
    name,
    token: signedWith(genuine, { claims: { jti: randomBytes(16).toString('hex') } }),
  }));
