import fc from 'fast-check';
import { base64url, genuineToken, oneOf, type Forge } from './genuine.ts';

const ODD = [
  '=',
  '+',
  '/',
  '.',
  ' ',
  '\n',
  '\u0000',
  'é',
  'Ａ',
  '\ud800',
  '😀',
  '-',
  '_',
  'A',
  'z',
  '0',
  '%',
  '"',
  '\u200b',
];
const edit = fc.record({
  what: fc.constantFrom('replace', 'insert', 'delete', 'cut off', 'repeat', 'reverse'),
  place: fc.nat(),
  length: fc.integer({ min: 1, max: 40 }),
  character: fc.constantFrom(...ODD),
});

function edited(
  text: string,
  { what, place, length, character }: typeof edit extends fc.Arbitrary<infer E> ? E : never,
) {
  const from = place % Math.max(1, text.length);
  const [before, piece, after] = [text.slice(0, from), text.slice(from, from + length), text.slice(from + length)];
  switch (what) {
    case 'replace':
      return before + character + text.slice(from + 1);
    case 'insert':
      return before + character + text.slice(from);
    case 'delete':
      return before + after;
    case 'cut off':
      return before;
    case 'repeat':
      return before + piece + piece + after;
    default:
      return before + Buffer.from(piece).toReversed().toString() + after;
  }
}

/** The text of a good token with up to three places changed; what reads as before is made different. */
export const mangled: Forge = (genuine) => {
  const token = genuineToken(genuine);
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
    const text = edits.reduce(edited, token);
    return { how: `text: ${edits.map(({ what }) => what).join(', ')}`, token: text === token ? `${token}A` : text };
  });
};

export const wrapped: Forge = (genuine) => {
  const token = genuineToken(genuine);
  const [header = '', payload = '', signature = ''] = token.split('.');
  return oneOf({
    'nothing at all': () => '',
    'two parts': () => `${header}.${payload}`,
    'an empty signature': () => `${header}.${payload}.`,
    'no header': () => `.${payload}.${signature}`,
    'no payload': () => `${header}..${signature}`,
    'five parts': () => `${token}.${payload}.${signature}`,
    'parts in another order': () => `${payload}.${header}.${signature}`,
    'a prefix': () => `Bearer ${token}`,
    'space around it': () => ` ${token}\n`,
    'quotes around it': () => JSON.stringify(token),
    padding: () => `${header}=.${payload}==.${signature}`,
    'another alphabet': () => `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
    'hex instead of base64url': () => `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`,
    'upper case': () => token.toUpperCase(),
    'the JSON form': () => JSON.stringify({ protected: header, payload, signature }),
    'a payload outside of it': () => `${header}..${signature}#${payload}`,
    'encoded twice': () => `${base64url(header)}.${base64url(payload)}.${base64url(signature)}`,
    'twice as one': () => token + token,
    '10 kB of signature': () => `${header}.${payload}.${'A'.repeat(10_000)}`,
    'a megabyte': () => token.repeat(1_500),
  });
};
