import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY_DESK, isAnswered, openAsk, type Desk, type GateAsk } from '../../src/domain/desk.ts';
import { receive } from '../../src/domain/receive.ts';
import { ANA, BEN, CHI, DEE, otherSpellings } from './people.ts';

const PLAN = `sha256:${'5'.repeat(64)}` as const;
const OTHER_PLAN = `sha256:${'6'.repeat(64)}` as const;
const UNTIL = 100;

interface Sent {
  readonly name: 'approve' | 'reject';
  /** Who it is and how that is spelled: the model knows the person, the code only the spelling. */
  readonly person: string;
  readonly by: string;
  readonly gate: 'begin-traffic' | 'increase-traffic';
  readonly plan: string;
  readonly nonce: string | undefined;
  readonly at: number;
}

/** The rules of a gate, written down a second time and as simply as possible. */
class Model {
  readonly approvers = new Set<string>();
  rejected = false;
  readonly need: number;
  readonly people: readonly string[];

  constructor(need: number, people: readonly string[]) {
    this.need = need;
    this.people = people;
  }

  get decided(): boolean {
    return this.rejected || this.approvers.size === this.need;
  }

  /** Whether the message counts. */
  hear({ name, person, gate, plan, nonce, at }: Sent): boolean {
    const fits = gate === 'begin-traffic' && plan === PLAN && nonce !== 'of-yesterday' && at <= UNTIL;
    const may = person !== ANA && this.people.includes(person);
    const isNew = name === 'reject' || !this.approvers.has(person);
    if (!fits || !may || !isNew || this.decided) return false;
    if (name === 'reject') this.rejected = true;
    else this.approvers.add(person);
    return true;
  }
}

const sent: fc.Arbitrary<Sent> = fc.constantFrom(ANA, BEN, CHI, DEE, 'eve@acme.example').chain((person) =>
  fc.record({
    name: fc.oneof({ weight: 9, arbitrary: fc.constant('approve' as const) }, fc.constant('reject' as const)),
    person: fc.constant(person),
    by: fc.constantFrom(...otherSpellings(person)),
    gate: fc.oneof(
      { weight: 9, arbitrary: fc.constant('begin-traffic' as const) },
      fc.constant('increase-traffic' as const),
    ),
    plan: fc.oneof({ weight: 9, arbitrary: fc.constant(PLAN) }, fc.constant(OTHER_PLAN)),
    nonce: fc.constantFrom(undefined, 'of-today', 'of-today', 'of-yesterday'),
    at: fc.integer({ min: 0, max: UNTIL + 5 }),
  }),
);

const gate = fc.record({
  need: fc.integer({ min: 1, max: 3 }),
  people: fc.subarray([ANA, BEN, CHI, DEE], { minLength: 1 }),
});

const bodyOf = ({ gate: name, by, plan, nonce }: Sent) => ({
  gate: name,
  by,
  plan,
  reason: 'because',
  ...(nonce === undefined ? {} : { nonce }),
});

const askOf = (desk: Desk): GateAsk => {
  const [ask] = desk.asks;
  if (ask?.kind !== 'approval') throw new Error('the gate is gone');
  return ask;
};

test('a gate decides as its model does, whatever people send and in whatever order', () => {
  const seed = Number(process.env['GOLIVE_TEST_SEED'] ?? Date.now() % 2 ** 31);
  console.info(`gate model: GOLIVE_TEST_SEED=${seed} repeats these 2,000 runs`);
  fc.assert(
    fc.property(gate, fc.array(sent, { maxLength: 15 }), ({ need, people }, messages) => {
      const ask: GateAsk = {
        kind: 'approval',
        gate: 'begin-traffic',
        nonce: 'of-today',
        shown: null,
        need,
        people,
        groups: [],
        until: UNTIL,
        validFor: 10 * UNTIL,
        approvals: [],
        rejection: null,
      };
      const model = new Model(need, people);
      let desk = openAsk({ ...EMPTY_DESK, plan: PLAN, requester: ANA }, ask);
      for (const message of messages) {
        const { name, at } = message;
        const received = receive(desk, { name, args: [bodyOf(message)], at });
        desk = received.desk;
        expect(received.answer.counted).toBe(model.hear(message));
        const now = askOf(desk);
        expect([isAnswered(now), now.rejection !== null, now.approvals.length]).toEqual([
          model.decided,
          model.rejected,
          model.approvers.size,
        ]);
      }
    }),
    { numRuns: 2_000, seed },
  );
});
