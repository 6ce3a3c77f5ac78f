import fc from 'fast-check';
import { expect, test } from 'vitest';
import { personKey } from '../../src/domain/person.ts';
import { otherSpellings } from './people.ts';

test.each(otherSpellings('ben@acme.example'))('%j is the same person', (spelling) => {
  expect(personKey(spelling)).toBe(personKey('ben@acme.example'));
});

test('an accent written as one character or as two is the same person', () => {
  expect(personKey('ren\u00e9@acme.example')).toBe(personKey('rene\u0301@acme.example'));
});

test.each(['ben@acme.examples', 'b3n@acme.example', 'ben @acme.example', ''])('%j is somebody else', (other) => {
  expect(personKey(other)).not.toBe(personKey('ben@acme.example'));
});

test('the key of a key is the key itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (person) => {
      expect(personKey(personKey(person))).toBe(personKey(person));
    }),
  );
});
