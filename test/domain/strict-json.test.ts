import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEEPEST_NESTING, parseStrictJson } from '../../src/domain/strict-json.ts';

const problemOf = (input: string | Uint8Array) => {
  const reading = parseStrictJson(input);
  return reading.ok ? 'none' : reading.problem;
};
const bytes = (text: string) => new TextEncoder().encode(text);
const DANGEROUS = /^(?:__proto__|constructor|prototype)$/;

test('whatever is ordinary JSON is read as JSON.parse reads it, from text and from bytes', () => {
  const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' });
  const space = fc.constantFrom(undefined, 1, '\t', '  ');
  fc.assert(
    fc.property(value, space, (ordinary, indent) => {
      const text = JSON.stringify(ordinary, null, indent);
      fc.pre(!hasHazards(ordinary));
      expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      expect(parseStrictJson(bytes(text))).toEqual({ ok: true, value: JSON.parse(text) });
    }),
    { numRuns: 500 },
  );
});

test('whatever JSON.parse refuses is refused, and nothing that is accepted differs from it', () => {
  const fragment = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    '"a"',
    '"b"',
    '\\',
    '\\"',
    '1',
    '-',
    '0',
    '.5',
    'e9',
    'true',
    'null',
    ' ',
    '\n',
    '\u0000',
    '//',
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 14 }), (fragments) => {
      const text = fragments.join('');
      const reading = parseStrictJson(text);
      const usual = parseOrUndefined(text);
      expect(reading.ok ? reading.value : usual).toEqual(usual);
      expect(!reading.ok && reading.problem === 'not JSON').toBe(usual === undefined);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['letters', 'a'],
  ['escapes', String.raw`\"`],
])('a text of sixteen million %s is passed over, and what comes after it is looked at', (_, unit) => {
  expect(problemOf(`{"a":"${unit.repeat(16_000_000)}","b":1,"b":2}`)).toBe('name occurs twice');
});

test('a name that occurs twice in one object is refused at any place and in any spelling', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.nat(20), (name, escaped, depth) => {
      fc.pre(!DANGEROUS.test(name));
      const again = escaped ? `"${escapeUnits(name)}"` : JSON.stringify(name);
      const object = `{${JSON.stringify(name)}:1,"other:":{"x":[]},${again}:2}`;
      const text = `${'['.repeat(depth)}${object}${']'.repeat(depth)}`;
      expect(problemOf(text)).toBe('name occurs twice');
    }),
  );
});

test('one name in different objects, and a value that equals a name, are no duplicates', () => {
  expect(problemOf('{"a":{"a":"a"},"b":[{"a":"b"},{"a":"a","b":"\\":"}]}')).toBe('none');
});

test('a name that reaches a prototype is refused in every spelling, and no prototype changes', () => {
  for (const text of [
    '{"__proto__":{"polluted":true}}',
    '{"a":[{"__proto__":null}]}',
    '{"\\u005f_proto__":1}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"prototype":1}',
  ]) {
    expect({ text, problem: problemOf(text) }).toEqual({ text, problem: 'name that reaches a prototype' });
  }
  expect(Object.prototype).not.toHaveProperty('polluted');
  expect(problemOf('["__proto__"]')).toBe('none');
});

test('numbers that a double cannot hold are refused', () => {
  for (const number of [
    '1e400',
    '-1e400',
    '9007199254740993',
    '-9007199254740992',
    '1e21',
    '123456789012345678901234567890',
  ]) {
    expect({ number, problem: problemOf(`{"exp":${number}}`) }).toEqual({ number, problem: 'number out of range' });
  }
  for (const number of ['9007199254740991', '-9007199254740991', '0', '-0', '1.5', '1e3', '4.2E-7']) {
    expect({ number, problem: problemOf(`[${number}]`) }).toEqual({ number, problem: 'none' });
  }
  expect(problemOf('"1e400"')).toBe('none');
});

test('nesting is bounded, and far too deep nesting neither crashes nor passes', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(problemOf(nested(DEEPEST_NESTING))).toBe('none');
  expect(problemOf(nested(DEEPEST_NESTING + 1))).toBe('nested too deeply');
  expect(problemOf(nested(10_000))).toBe('nested too deeply');
  expect(problemOf(nested(500_000))).not.toBe('none');
  expect(problemOf('{"a":'.repeat(100) + '1' + '}'.repeat(100))).toBe('nested too deeply');
});

test('what is not one UTF-8 document of JSON is refused', () => {
  expect(problemOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toBe('byte order mark');
  expect(problemOf('\uFEFF{}')).toBe('byte order mark');
  expect(problemOf(new Uint8Array([0x22, 0xff, 0x22]))).toBe('not UTF-8');
  expect(problemOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('not UTF-8');
  expect(problemOf(bytes('{"a":1}').subarray(0, 5))).toBe('not JSON');
  for (const text of [
    '',
    ' ',
    '{}{}',
    '{} x',
    '{"a":1}\u0000',
    '"\u0000"',
    "{'a':1}",
    '{"a":1,}',
    'NaN',
    'Infinity',
    '01',
    '[1 2]',
    '<html>',
  ]) {
    expect({ text, problem: problemOf(text) }).toEqual({ text, problem: 'not JSON' });
  }
  expect(problemOf('{"a":"\\ud800"}')).toBe('half a surrogate pair');
  expect(problemOf('{"a":"\\ud83d\\ude00"}')).toBe('none');
});

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the strict reader refuses although it is JSON. */
function hasHazards(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => DANGEROUS.test(name) || hasHazards(member));
}

function escapeUnits(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
