import fc from 'fast-check';
import { MESSAGES, MESSAGE_NAMES } from '../../src/domain/messages.ts';
import { UNDECODABLE } from '../../src/domain/receive.ts';
import { PLAN, SAMPLE } from './runs.ts';

const messageName = fc.constantFrom(...MESSAGE_NAMES);
const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'x'.repeat(70_000)));

/** A body that nearly fits: known fields with right and wrong values. */
const nearly = messageName.chain((name) => {
  const fields = Object.keys(MESSAGES[name].shape.properties);
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      'begin-traffic',
      'increase-traffic',
      'circuit-breakers',
      PLAN,
      SAMPLE,
      'nonce-1',
      'ana@acme.example',
      'ben@acme.example',
      'dee@acme.example',
      'audit-pipeline',
      'policy-rollback',
      'why not',
      ['circuit-breakers', 'on-call'],
      [{ id: 'evt_01', correct: true }],
      [{ id: 'evt_02', correct: false, note: 'no' }],
      '2026-12-22T00:00:00Z',
    ),
    anyText,
    fc.anything(),
  );
  return fc.record({
    name: fc.constant(name),
    body: fc.oneof(
      fc.dictionary(fc.constantFrom(...fields, '__proto__', 'constructor', 'token', UNDECODABLE), value),
      fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] }),
    ),
  });
});

const anyArgs = fc.oneof(
  fc.array(fc.anything({ withNullPrototype: true, withSparseArray: true, withTypedArray: true }), { maxLength: 50 }),
  fc.tuple(fc.anything()),
  fc.constantFrom<unknown[]>(
    [],
    [undefined],
    [null],
    [{ [UNDECODABLE]: true }],
    Array.from({ length: 50 }, () => ({})),
  ),
  fc.constant([JSON.parse('{"__proto__":{"by":"ana@acme.example"},"constructor":1}')]),
);
/** A message with whatever arguments, received at some time up to `latest`. Now and then it is one that counts. */
export const anyMessage = (latest: number) =>
  fc.oneof(
    fc.record({ name: messageName, args: anyArgs, at: fc.nat({ max: latest }) }),
    nearly.chain(({ name, body }) =>
      fc.record({ name: fc.constant(name), args: fc.constant([body]), at: fc.nat({ max: latest }) }),
    ),
  );
