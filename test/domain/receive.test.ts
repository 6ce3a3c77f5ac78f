import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  EMPTY_DESK,
  openAsk,
  type Ask,
  type AttestationAsk,
  type Desk,
  type GateAsk,
  type ReviewAsk,
} from '../../src/domain/desk.ts';
import { MESSAGE_NAMES, type MessageName } from '../../src/domain/messages.ts';
import { personKey } from '../../src/domain/person.ts';
import { receive } from '../../src/domain/receive.ts';
import { anyMessage } from './hostile.ts';
import { PLAN, SAMPLE } from './runs.ts';

const UNTIL = 1_000_000;
const NOW = 1000;

const gate: GateAsk = {
  kind: 'approval',
  gate: 'begin-traffic',
  nonce: 'nonce-1',
  shown: SAMPLE,
  need: 2,
  people: ['ben@acme.example', 'chi@acme.example', 'dee@acme.example'],
  groups: [],
  until: UNTIL,
  validFor: 1_000,
  approvals: [],
  rejection: null,
};
const byGroup: GateAsk = { ...gate, gate: 'increase-traffic', people: [], groups: ['platform-oncall'] };
const control: AttestationAsk = {
  kind: 'attestation',
  control: 'circuit-breakers',
  owner: 'ben@acme.example',
  facts: SAMPLE,
  about: ['thresholds as they are'],
  until: UNTIL,
  given: null,
};
const review: ReviewAsk = {
  kind: 'review',
  sample: SAMPLE,
  ids: ['evt_01', 'evt_02'],
  shown: [],
  wanted: 2,
  available: 7,
  reviewers: ['dee@acme.example'],
  until: UNTIL,
  verdicts: [],
};

function deskWith(...asks: readonly Ask[]): Desk {
  const known: Desk = { ...EMPTY_DESK, plan: PLAN, requester: 'ana@acme.example' };
  return asks.reduce(openAsk, known);
}

const busy = deskWith(
  gate,
  byGroup,
  control,
  { ...control, control: 'on-call', owner: null, facts: null },
  review,
  { kind: 'recheck', step: 'audit-pipeline', until: UNTIL, asked: null },
  { kind: 'hands', step: 'policy-rollback', problem: 'gone', asked: null },
);

const send = (desk: Desk, name: MessageName, body: unknown, at = NOW) => receive(desk, { name, args: [body], at });

const approval = (by: string, more: object = {}) => ({ gate: 'begin-traffic', by, plan: PLAN, ...more });

/** One person, written in different ways. */
const spelling = (person: string) =>
  fc
    .record({
      before: fc.constantFrom('', ' ', '\t'),
      after: fc.constantFrom('', ' ', '\n'),
      upper: fc.boolean(),
      wide: fc.boolean(),
    })
    .map(({ before, after, upper, wide }) => {
      const cased = upper ? person.toUpperCase() : person;
      const [first = ''] = cased;
      const text = wide ? String.fromCodePoint(0xfee0 + (first.codePointAt(0) ?? 0)) + cased.slice(1) : cased;
      return `${before}${text}${after}`;
    });

test('whatever comes in, nothing throws, and what counted and what did not adds up', () => {
  fc.assert(
    fc.property(fc.array(anyMessage(2 * UNTIL), { maxLength: 40 }), (messages) => {
      let desk = busy;
      for (const message of messages) {
        const before = desk;
        const received = receive(desk, message);
        desk = received.desk;
        const { counted, text, by } = received.answer;
        expect(text).not.toBe('');
        expect(by.length).toBeLessThanOrEqual(200);
        expect([desk.accepted, desk.refusals.count]).toEqual([
          before.accepted + (counted ? 1 : 0),
          before.refusals.count + (counted ? 0 : 1),
        ]);
        const untouched = counted ? desk : before;
        expect({ ...desk, refusals: null }).toEqual({ ...untouched, refusals: null });
      }
      expect(desk.accepted + desk.refusals.count).toBe(messages.length);
      expect(desk.refusals.latest.length).toBe(Math.min(20, desk.refusals.count));
      // It travels to the query, the journal and the evidence.
      expect(JSON.parse(JSON.stringify(desk))).toEqual(desk);
      expect(desk.asks.filter((ask) => ask.kind === 'approval' && ask.approvals.length > ask.need)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('a text without end, or nested without end, is refused and does not throw', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  for (const name of MESSAGE_NAMES) {
    for (const body of [{ by: deep }, deep, { by: 'x'.repeat(1_000_000) }, 'x'.repeat(1_000_000)]) {
      expect(send(busy, name, body).answer.counted).toBe(false);
    }
  }
});

test('half a character is never passed on: evidence cannot be written with it', () => {
  const half = String.fromCharCode(0xd800);
  for (const body of [
    { by: half, reason: 'x' },
    { by: 'ana@acme.example', reason: half },
    { by: `${'a'.repeat(199)}😀` },
  ]) {
    const { desk, answer } = send(busy, 'abort', body);
    expect(answer.counted).toBe(false);
    expect(/\p{Surrogate}/u.test(answer.by + answer.text + JSON.stringify(desk.refusals))).toBe(false);
  }
});

test('one person counts once, in whatever spelling', () => {
  fc.assert(
    fc.property(fc.array(spelling('ben@acme.example'), { minLength: 1, maxLength: 6 }), (spellings) => {
      const desk = spellings.reduce((it, by) => send(it, 'approve', approval(by)).desk, deskWith(gate));
      expect(desk.accepted).toBe(1);
      expect(desk.refusals.count).toBe(spellings.length - 1);
    }),
  );
});

test('the requester never counts, in whatever spelling, whether people or groups are asked', () => {
  fc.assert(
    fc.property(spelling('ana@acme.example'), fc.constantFrom(gate, byGroup), (by, ask) => {
      const open = deskWith({ ...ask, people: ask.people.length > 0 ? [...ask.people, 'ana@acme.example'] : [] });
      const { desk, answer } = send(open, 'approve', approval(by, { gate: ask.gate }));
      expect(answer).toMatchObject({ counted: false, text: 'the requester cannot approve' });
      expect(desk.refusals.latest[0]?.why).toBe('the requester cannot approve');
    }),
  );
});

test('approvals never exceed the different people who may approve, nor what is needed', () => {
  const people = ['ana', 'ben', 'chi', 'dee', 'eve', 'BEN', ' chi'].map((name) => `${name}@acme.example`);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...people), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      (senders, need) => {
        const open = deskWith({ ...gate, need });
        const desk = senders.reduce((it, by) => send(it, 'approve', approval(by)).desk, open);
        const [ask] = desk.asks;
        const approvals = ask?.kind === 'approval' ? ask.approvals : [];
        const eligible = new Set(gate.people.map(personKey));
        expect(new Set(approvals.map(({ by }) => personKey(by))).size).toBe(approvals.length);
        expect(approvals.every(({ by }) => eligible.has(personKey(by)))).toBe(true);
        expect(approvals.length).toBeLessThanOrEqual(need);
      },
    ),
  );
});

test.each([
  ['another plan', approval('ben@acme.example', { plan: `sha256:${'0'.repeat(64)}` }), 'another plan'],
  ['another nonce', approval('ben@acme.example', { nonce: 'nonce-0' }), 'nonce'],
  ['a gate that is not open', approval('ben@acme.example', { gate: 'release-kill-switch' }), 'not open'],
  ['a stranger', approval('eve@acme.example'), 'may not decide'],
])('an approval of %s is refused with that reason', (_what, body, why) => {
  expect(send(deskWith(gate), 'approve', body).answer).toMatchObject({
    counted: false,
    text: expect.stringContaining(why),
  });
});

test('an approval, an attestation and a review after the deadline are refused', () => {
  const late = UNTIL + 1;
  const verdicts = [{ id: 'evt_01', correct: true }];
  for (const [name, body] of [
    ['approve', approval('ben@acme.example')],
    ['attest', { control: 'circuit-breakers', facts: SAMPLE, by: 'ben@acme.example', plan: PLAN, statement: 'set' }],
    ['review', { sample: SAMPLE, by: 'dee@acme.example', plan: PLAN, verdicts }],
  ] as const) {
    expect(send(busy, name, body, late).answer).toMatchObject({
      counted: false,
      text: expect.stringContaining('deadline'),
    });
    expect(send(busy, name, body, UNTIL).answer.counted).toBe(true);
  }
});

test('a gate that is decided takes no further decision', () => {
  const rejected = send(deskWith(gate), 'reject', approval('ben@acme.example', { reason: 'no' })).desk;
  expect(send(rejected, 'approve', approval('chi@acme.example')).answer).toMatchObject({
    counted: false,
    text: expect.stringContaining('already decided'),
  });
});

test('an abort always counts, whatever came before, and the first reason is kept', () => {
  fc.assert(
    fc.property(fc.array(anyMessage(2 * UNTIL), { maxLength: 20 }), (messages) => {
      const calm = messages.filter(({ name }) => name !== 'abort');
      const before = calm.reduce((it, message) => receive(it, message).desk, busy);
      const first = send(before, 'abort', { by: 'chi@acme.example', reason: 'first' });
      const second = send(first.desk, 'abort', { by: 'dee@acme.example', reason: 'second' });
      expect([first.answer.counted, second.answer.counted]).toEqual([true, true]);
      expect(second.desk.abort).toMatchObject({ by: 'chi@acme.example', reason: 'first' });
    }),
  );
});

test('an abort after the end is refused, because it would promise what nobody does', () => {
  const { answer } = send({ ...busy, closed: true }, 'abort', { by: 'chi@acme.example', reason: 'late' });
  expect(answer.counted).toBe(false);
});

test('several controls are attested by one message, or none of them', () => {
  const attest = (by: string) =>
    send(busy, 'attest', {
      controls: ['on-call'],
      seen: { 'circuit-breakers': SAMPLE },
      by,
      plan: PLAN,
      statement: 'looked at it',
    });
  const both = attest('ben@acme.example');
  expect(both.answer).toMatchObject({ counted: true, text: 'attested on-call, circuit-breakers' });
  const stranger = attest('chi@acme.example');
  expect(stranger.answer.counted).toBe(false);
  expect(stranger.desk.asks).toEqual(busy.asks);
});

test.each([
  [{ facts: `sha256:${'0'.repeat(64)}` }, 'are others by now'],
  [{ facts: undefined }, 'say which facts'],
  [{ control: undefined }, 'name the control'],
  [{ controls: ['on-call'], seen: { 'circuit-breakers': `sha256:${'0'.repeat(64)}` } }, 'are others by now'],
  [{ controls: ['circuit-breakers'], control: undefined }, 'say which facts'],
  [{ seen: { 'no-control': SAMPLE } }, 'unknown field'],
  [{ expires: 'next year' }, 'expires'],
  [{ expires: '1970-01-01T00:00:00Z' }, 'past'],
  [{ by: 'dee@acme.example' }, 'owner'],
  [{ control: 'role-review' }, 'waits for no attestation'],
])('an attestation with %j is refused', (more, why) => {
  const whole = { control: 'circuit-breakers', facts: SAMPLE, by: 'ben@acme.example', plan: PLAN, statement: 'set' };
  const body = Object.fromEntries(Object.entries({ ...whole, ...more }).filter(([, value]) => value !== undefined));
  expect(send(busy, 'attest', body).answer).toMatchObject({ counted: false, text: expect.stringContaining(why) });
});

test('a denial is reviewed once, by a reviewer, and only when it is in the sample', () => {
  const say = (desk: Desk, by: string, ...verdicts: readonly object[]) =>
    send(desk, 'review', { sample: SAMPLE, by, plan: PLAN, verdicts });
  const one = say(busy, 'dee@acme.example', { id: 'evt_01', correct: true });
  expect(one.answer.text).toBe('reviewed 1 of 2');
  expect(say(one.desk, 'dee@acme.example', { id: 'evt_01', correct: false }).answer.counted).toBe(false);
  expect(say(one.desk, 'dee@acme.example', { id: 'evt_99', correct: true }).answer.counted).toBe(false);
  expect(say(one.desk, 'ben@acme.example', { id: 'evt_02', correct: true }).answer.counted).toBe(false);
  const twice = say(busy, 'dee@acme.example', { id: 'evt_01', correct: true }, { id: 'evt_01', correct: false });
  expect(twice.answer.counted).toBe(false);
});

test('what waits to be repeated hears the message for its step, or one for all', () => {
  const asked = (desk: Desk) => desk.asks.filter((ask) => 'asked' in ask && ask.asked !== null).map((ask) => ask.kind);
  expect(asked(send(busy, 'recheck', { by: 'ana@acme.example' }).desk)).toEqual(['recheck']);
  expect(asked(send(busy, 'retryRollback', { by: 'ana@acme.example' }).desk)).toEqual(['hands']);
  expect(send(busy, 'recheck', { by: 'ana@acme.example', step: 'policy-set' }).answer.counted).toBe(false);
});

test('hold and resume take turns', () => {
  const body = { by: 'ana@acme.example', reason: 'call' };
  const held = send(busy, 'hold', body);
  expect(held.answer.counted).toBe(true);
  expect(send(held.desk, 'hold', body).answer.counted).toBe(false);
  const resumed = send(held.desk, 'resume', body);
  expect(resumed.desk.held).toBeNull();
  expect(send(resumed.desk, 'resume', body).answer.counted).toBe(false);
});

test('a refusal says what is wrong and repeats nothing of what was sent', () => {
  const { answer, desk } = send(busy, 'approve', {
    CANARY: 'CANARY',
    gate: 'CANARY',
    by: 'ben@acme.example',
    plan: PLAN,
  });
  expect(answer.text).toContain('unknown field');
  expect(JSON.stringify(desk.refusals)).not.toContain('CANARY');
});
