import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, digestOf, digestOfBytes } from '../../src/evidence/digest.ts';
import { problemOf } from './places.ts';

/** RFC 8785, appendix B: the bits of a double, and its one spelling. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

describe('canonical JSON', () => {
  test.each(NUMBERS)('spells the double %s as RFC 8785 does: %s', (bits, spelling) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(spelling);
  });

  test('is that of the sample of RFC 8785, section 3.2', () => {
    const sample: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],` +
        String.raw`"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('sorts names by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    expect(Object.keys(JSON.parse(text))).toEqual(['1', ...sorted.filter((name) => name !== '1')]);
    expect(text).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
  });

  test('does not depend on the order in which members were written, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  test.each([
    ['undefined', undefined],
    ['a member that is undefined', { a: { b: undefined } }],
    ['a hole in a list', Object.assign([], { length: 2 })],
    ['NaN', { a: Number.NaN }],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a function', { a: () => 1 }],
    ['a symbol', { a: Symbol('a') }],
    ['a member named by a symbol', { [Symbol('a')]: 1 }],
    ['a bigint', 1n],
    ['a date', { at: new Date(0) }],
    ['a map', new Map([[1, 2]])],
    ['bytes', Buffer.from('a')],
    ['half of a character', '\ud800'],
  ])('refuses %s instead of leaving it out', async (_, value) => {
    expect(await problemOf(() => canonicalJson(value))).toBe('unusable');
  });

  test('refuses a circle', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(await problemOf(() => canonicalJson(circle))).toBe('unusable');
  });
});

describe('a digest', () => {
  test('is what sha256sum says of the canonical text', () => {
    expect(digestOf({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
    expect(digestOfBytes(Buffer.from('abc'))).toBe(
      'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  test('is taken over UTF-8', () => {
    expect(digestOf('€')).toBe(digestOfBytes(Buffer.from([0x22, 0xe2, 0x82, 0xac, 0x22])));
  });
});
