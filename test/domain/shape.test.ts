import fc from 'fast-check';
import { expect, test } from 'vitest';
import { misfits, type Shape } from '../../src/domain/shape.ts';

const shape = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 5 },
    colour: { type: 'string', enum: ['red', 'green'] },
    link: { type: 'string', pattern: '^https?://' },
    done: { type: 'boolean' },
    parts: {
      type: 'array',
      maxItems: 2,
      items: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'], additionalProperties: false },
    },
  },
  required: ['name'],
  additionalProperties: false,
} as const satisfies Shape;

test('what fits has no misfit', () => {
  const value = { name: 'a', colour: 'red', link: 'https://a.example', done: false, parts: [{ id: '1' }, { id: '2' }] };
  expect(misfits(shape, value)).toEqual([]);
});

test.each([
  ['nothing', undefined, ['must be one JSON object']],
  ['null', null, ['must be one JSON object']],
  ['a list', [{ name: 'a' }], ['must be one JSON object']],
  ['a text', '{"name":"a"}', ['must be one JSON object']],
  ['an object without what is required', {}, ['name: is missing']],
  ['a number for a text', { name: 5 }, ['name: must be a text']],
  ['an empty text', { name: ' \n' }, ['name: must be a text']],
  ['a text too long', { name: 'abcdef' }, ['name: must have at most 5 characters']],
  ['a word that is not in the list', { name: 'a', colour: 'blue' }, ['colour: must be one of red, green']],
  ['a text of another pattern', { name: 'a', link: 'ftp://a' }, ['link: must look like ^https?://']],
  ['a text for true or false', { name: 'a', done: 'true' }, ['done: must be true or false']],
  ['no list', { name: 'a', parts: {} }, ['parts: must be a list']],
  ['an empty list', { name: 'a', parts: [] }, ['parts: must have 1 to 2 entries']],
  ['a list too long', { name: 'a', parts: [1, 2, 3] }, ['parts: must have 1 to 2 entries']],
  ['an entry that is no object', { name: 'a', parts: ['1'] }, ['parts[0]: must be an object']],
  ['an entry that lacks something', { name: 'a', parts: [{ id: '1' }, {}] }, ['parts[1].id: is missing']],
])('%s is a misfit', (_what, value, problems) => {
  expect(misfits(shape, value)).toEqual(problems);
});

test('every misfit is told at once', () => {
  expect(misfits(shape, { colour: 1, done: 1, parts: 1 })).toHaveLength(4);
});

test('a text of 2,000 characters fits where no length is given, and one more does not', () => {
  expect(misfits({ type: 'string' }, 'x'.repeat(2000))).toEqual([]);
  expect(misfits({ type: 'string' }, 'x'.repeat(2001))).toEqual(['must have at most 2000 characters']);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a field named %s is not a known one', (name) => {
  const value: unknown = JSON.parse(`{"name": "a", "${name}": "x"}`);
  expect(misfits(shape, value)).toEqual([expect.stringContaining('unknown field')]);
});

test('what is required is not found in a prototype', () => {
  expect(misfits({ ...shape, required: ['toString'] }, { name: 'a' })).toEqual(['toString: is missing']);
});

test('a misfit never repeats a value', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^CANARY[a-z]{8}$/), (canary) => {
      const value = { name: canary, colour: canary, link: canary, done: canary, parts: [canary], [canary]: canary };
      const problems = misfits(shape, value);
      expect(problems).toHaveLength(6);
      expect(problems.join()).not.toContain('CANARY');
    }),
  );
});
