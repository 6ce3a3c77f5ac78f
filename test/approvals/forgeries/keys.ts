import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import { BEN_KEY, CHI_KEY, encoded, RSA_KEY, STRANGER_KEY, tokenOf } from '../signed.ts';
import { base64url, CANARY, genuineToken, oneOf, signedWith, type Forge, type KeyPair } from './genuine.ts';
import { otherSpelling } from './twins.ts';

export const otherHeader: Forge = (genuine) => {
  const algorithms = [
    'none',
    'None',
    'HS256',
    'HS512',
    'RS256',
    'PS256',
    'ES384',
    'ES512',
    'ES256K',
    'eddsa',
    'Ed448',
    '',
    'dir',
  ];
  const kids = [
    'eve-1',
    '',
    '../ben-1',
    'ben-1\u0000',
    'BEN-1',
    ' ben-1',
    '__proto__',
    CANARY,
    'k'.repeat(5_000),
    7,
    null,
    ['ben-1'],
    {},
  ];
  const jwk = { ...STRANGER_KEY.publicKey.export({ format: 'jwk' }), kid: genuine.header.kid };
  const headers: readonly object[] = [
    ...algorithms.map((alg) => ({ alg })),
    ...[null, 1, ['EdDSA'], { alg: 'EdDSA' }].map((alg) => ({ alg })),
    ...kids.map((kid) => ({ kid })),
    ...['JWT', 'jwt', 'authority+jwt', 'golive-decision', 'GOLIVE-DECISION+JWT', '', null, CANARY].map((typ) => ({
      typ,
    })),
    { kid: undefined },
    { typ: undefined },
    { alg: undefined },
    { jwk },
    { jku: `https://${CANARY}.example` },
    { x5u: `https://${CANARY}.example` },
    { x5c: [CANARY] },
    { crit: ['exp'] },
    { crit: [] },
    { b64: false },
    { b64: false, crit: ['b64'] },
  ];
  const key = fc.constantFrom(genuine.key, STRANGER_KEY);
  return fc.tuple(fc.constantFrom(...headers), key).map(([header, signer]) => ({
    how: `header ${Object.keys(header).join()}`,
    token: signedWith(genuine, { header, key: signer }),
  }));
};

export const STRANGERS = {
  'another Ed25519 key': STRANGER_KEY,
  'an Ed448 key': generateKeyPairSync('ed448'),
  'an RSA key': RSA_KEY,
  'another P-256 key': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'a P-384 key': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
  'a P-521 key': generateKeyPairSync('ec', { namedCurve: 'secp521r1' }),
  'a secp256k1 key': generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  "ben's key": BEN_KEY,
  "chi's key": CHI_KEY,
} as const;

/** Keys of the issuer under their own names: what they sign is signed, whoever it names. */
function isPublished(alg: string, kid: string, key: KeyPair): boolean {
  if (alg === 'EdDSA') return (kid === 'ben-1' && key === BEN_KEY) || (kid === 'other-1' && key === STRANGER_KEY);
  return alg === 'ES256' && kid === 'chi-1' && key === CHI_KEY;
}

/** Every kind of key under every algorithm and name, and secrets that everybody knows. */
export const confused: Forge = (genuine) => {
  const { header, claims, key } = genuine;
  const algorithm = fc.constantFrom('EdDSA', 'ES256', 'ES384', 'ES512', 'ES256K', 'RS256', 'PS256', 'HS256', 'none');
  const kid = fc.constantFrom('ben-1', 'chi-1', 'other-1', 'weak-1');
  const foreign = fc
    .tuple(algorithm, kid, fc.constantFrom(...(Object.keys(STRANGERS) as (keyof typeof STRANGERS)[])))
    .filter(([alg, name, signer]) => !isPublished(alg, name, STRANGERS[signer]))
    .map(([alg, name, signer]) => ({
      how: `${signer} as ${name}, ${alg}`,
      token: signedWith(genuine, { header: { alg, kid: name }, key: STRANGERS[signer] }),
    }));
  const { publicKey } = key;
  const secrets: Readonly<Record<string, () => string | Uint8Array>> = {
    'the public key as PEM': () => publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'the public key as DER': () => publicKey.export({ type: 'spki', format: 'der' }),
    'the public key as JSON': () => JSON.stringify(publicKey.export({ format: 'jwk' })),
    'the x of the public key': () => Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    nothing: () => '',
    'the name of the key': () => header.kid,
  };
  const keyed = fc
    .tuple(fc.constantFrom(...Object.keys(secrets)), fc.constantFrom('HS256', header.alg))
    .map(([how, alg]) => {
      const input = `${encoded({ ...header, alg })}.${encoded(claims)}`;
      const mac = createHmac('sha256', secrets[how]?.() ?? '').update(input);
      return { how: `a secret: ${how}, ${alg}`, token: `${input}.${mac.digest('base64url')}` };
    });
  return fc.oneof({ weight: 3, arbitrary: foreign }, keyed);
};

export const otherSignature: Forge = (genuine) => {
  const { header, claims, key } = genuine;
  const input = `${encoded(header)}.${encoded(claims)}`;
  const over = (text: string) => tokenOf('', text, key).split('.')[2] ?? '';
  const good = Buffer.from(genuineToken(genuine).split('.')[2] ?? '', 'base64url');
  return oneOf({
    'all zeros': () => `${input}.${base64url(Buffer.alloc(64))}`,
    'all ones': () => `${input}.${base64url(Buffer.alloc(64, 0xff))}`,
    'another spelling of it': () => otherSpelling(genuineToken(genuine)),
    random: () => `${input}.${base64url(randomBytes(64))}`,
    'half of it': () => `${input}.${base64url(good.subarray(0, 32))}`,
    'a byte more': () => `${input}.${base64url(Buffer.concat([good, Buffer.alloc(1)]))}`,
    'its halves swapped': () => `${input}.${base64url(Buffer.concat([good.subarray(32), good.subarray(0, 32)]))}`,
    'as DER': () => `${input}.${base64url(sign('sha256', Buffer.from(input), CHI_KEY.privateKey))}`,
    'over the payload alone': () => `${input}.${over(encoded(claims))}`,
    'over the decoded text': () => `${input}.${over(JSON.stringify(claims))}`,
    'of another decision': () =>
      `${input}.${over(`${encoded(header)}.${encoded({ ...claims, sub: 'dee@acme.example' })}`)}`,
  });
};
