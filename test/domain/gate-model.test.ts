import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closeAsk,
  EMPTY_DESK,
  isAnswered,
  keyOf,
  openAsk,
  type Ask,
  type Desk,
  type Trust,
} from '../../src/domain/desk.ts';
import { personKey } from '../../src/domain/person.ts';
import { receive, type Message } from '../../src/domain/receive.ts';
import { Model, personOf } from './desk-model.ts';
import { anyMessage } from './hostile.ts';
import { ANA } from './people.ts';
import { PLAN } from './runs.ts';
import { storyIn, type Event } from './stories.ts';

const RUNS = Number(process.env['GOLIVE_MODEL_RUNS'] ?? 5_000);
const SEED = Number(process.env['GOLIVE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const A_RUN_TAKES_MS = 20;
/** With the names of all controls in it, several times. */
const LONGEST_REASON = 2_000;
const KIBIBYTE = 1024;
const REPEAT = `GOLIVE_MODEL_RUNS=${RUNS} GOLIVE_TEST_SEED=${SEED} npx vitest run --project unit test/domain/gate-model.test.ts`;

/** An approval that counted, with the opening of the gate at which it was given. */
interface Counted {
  readonly opening: Ask | undefined;
  readonly message: Message;
}

/** One story, told to the desk and to its model. */
class Telling {
  desk: Desk;
  readonly model: Model;
  readonly counted: Counted[] = [];
  /** What is asked, as it was when it was asked. */
  readonly openings = new Map<string, Ask>();
  said = 0;

  constructor(trust: Trust) {
    this.desk = { ...EMPTY_DESK, trust, plan: PLAN, requester: ANA };
    this.model = new Model(PLAN, trust);
  }

  /** The first rule that does not hold after this event. */
  tell(event: Event): string | undefined {
    switch (event.what) {
      case 'asked':
        this.openings.set(keyOf(event.ask), event.ask);
        this.model.ask(keyOf(event.ask), event.ask);
        this.desk = openAsk(this.desk, event.ask);
        return undefined;
      case 'withdrawn':
        this.openings.delete(keyOf(event.ask));
        this.model.asks.delete(keyOf(event.ask));
        this.desk = closeAsk(this.desk, keyOf(event.ask));
        return undefined;
      case 'sealed':
        this.model.closed = true;
        this.desk = { ...this.desk, closed: true };
        return undefined;
      case 'said':
        return this.#say(event.message);
    }
  }

  #say(message: Message): string | undefined {
    const before = this.desk;
    const { desk, answer } = receive(before, message);
    this.desk = desk;
    this.said += 1;
    if (answer.counted) this.counted.push({ opening: this.#openingFor(message), message });
    const rules: Readonly<Record<string, boolean>> = {
      'the same input gives the same output': isDeepStrictEqual(receive(before, message), { desk, answer }),
      'it counts where it counts in the model': answer.counted === this.model.hear(message),
      'the desk is what the model is': isDeepStrictEqual(standing(desk), standingOf(this.model)),
      'S1: a gate is passed by its quorum alone': desk.asks.every((ask) => this.#isByQuorum(ask)),
      'S7: an abort stays, with its first reason': before.abort === null || desk.abort === before.abort,
      'S8: requester and approvers are different people': desk.asks.every(areDifferentPeople),
      'S9: a decision counts once': isDeepStrictEqual(desk.used, [...new Set(this.#decisions)]),
      'every message is accounted for': desk.accepted + desk.refusals.count === this.said,
      'what counted is no refusal': desk.accepted === this.counted.length,
      'the last twenty refusals are kept, with a reason': areKept(desk),
    };
    return Object.keys(rules).find((rule) => rules[rule] === false);
  }

  get #decisions() {
    return this.counted.flatMap(({ message: { signature } }) => signature?.decision ?? []);
  }

  #openingFor({ name, args: [body] }: Message): Ask | undefined {
    const isDecision = name === 'approve' || name === 'reject';
    return isDecision ? this.openings.get(`approval ${(body as { gate: string }).gate}`) : undefined;
  }

  /** Whoever approved said so at this very opening, of this plan and gate and with its nonce where one was named. */
  #isByQuorum(ask: Ask): boolean {
    if (ask.kind !== 'approval' || !isAnswered(ask) || ask.rejection !== null) return true;
    const opening = this.openings.get(keyOf(ask));
    const said = this.counted.filter((it) => it.opening === opening && it.message.name === 'approve');
    return (
      ask.approvals.length === ask.need &&
      ask.approvals.every(({ by, at }) =>
        said.some(({ message: { args, at: saidAt } }) => {
          const body = args[0] as { by: string; gate: string; plan: string; nonce?: string };
          const isOf = body.gate === ask.gate && body.plan === PLAN && (body.nonce ?? ask.nonce) === ask.nonce;
          return isOf && personOf(body.by) === personOf(by) && saidAt === at && at <= ask.until;
        }),
      )
    );
  }
}

/** Everything that people can change of a desk, and how the model says it. */
function standing({ asks, held, abort, used }: Desk) {
  const open = asks.map((ask): [string, unknown] => [keyOf(ask), stateOf(ask)]);
  return { open: new Map(open), held: nameOf(held), abort: nameOf(abort), used: new Set(used) };
}

function standingOf({ asks, approvals, answered, verdicts, held, aborted, used }: Model) {
  const stateIn = (ask: Ask): unknown => {
    if (ask.kind === 'review') return new Set(verdicts);
    const by = (approvals.get(ask) ?? []).map(({ person, at }) => [person, at]);
    return ask.kind === 'approval' ? { by, rejected: answered.has(ask) } : answered.has(ask);
  };
  const open = [...asks].map(([key, ask]): [string, unknown] => [key, stateIn(ask)]);
  return { open: new Map(open), held, abort: aborted, used };
}

function stateOf(ask: Ask): unknown {
  switch (ask.kind) {
    case 'approval':
      return { by: ask.approvals.map(({ by, at }) => [personOf(by), at]), rejected: ask.rejection !== null };
    case 'attestation':
      return ask.given !== null;
    case 'review':
      return new Set(ask.verdicts.map(({ id }) => id));
    case 'recheck':
    case 'hands':
      return ask.asked !== null;
  }
}

function nameOf(order: { readonly by: string } | null): string | undefined {
  return order === null ? undefined : personOf(order.by);
}

function areDifferentPeople(ask: Ask): boolean {
  if (ask.kind !== 'approval') return true;
  const names = [ANA, ...ask.approvals.map(({ by }) => by)];
  return new Set(names.map(personKey)).size === names.length;
}

function areKept({ refusals: { count, latest } }: Desk): boolean {
  return latest.length === Math.min(20, count) && latest.every(({ why }) => why !== '' && why.length < LONGEST_REASON);
}

/** The first rule that a story breaks, and where. */
function broken(trust: Trust, story: readonly Event[]): string | undefined {
  const telling = new Telling(trust);
  for (const [index, event] of story.entries()) {
    const rule = telling.tell(event);
    if (rule !== undefined) return `${rule} (event ${index})`;
  }
  return undefined;
}

test.each(['namespace', 'signed'] as const)(
  'where decisions are believed by %s, people are heard as the model hears them, whatever they say in whatever order',
  { timeout: 20_000 + RUNS * A_RUN_TAKES_MS },
  (trust) => {
    console.info(`${trust}: ${REPEAT}`);
    fc.assert(
      fc.property(storyIn(trust), (story) => {
        expect(broken(trust, story)).toBeUndefined();
      }),
      { numRuns: RUNS / 2, seed: SEED },
    );
  },
);

test('ten thousand messages that do not count leave a desk of a few kilobytes', () => {
  const ended: Desk = { ...EMPTY_DESK, trust: 'signed', plan: PLAN, requester: ANA, closed: true };
  const large = { by: 'é'.repeat(64 * KIBIBYTE), reason: 'x'.repeat(64 * KIBIBYTE) };
  let desk = ended;
  for (const message of fc.sample(anyMessage(1_000), { numRuns: 10_000, seed: SEED })) {
    desk = receive(desk, message).desk;
    desk = receive(desk, { ...message, args: [large] }).desk;
  }
  expect(desk).toMatchObject({ ...ended, refusals: { count: 20_000 } });
  expect(areKept(desk)).toBe(true);
  expect(JSON.stringify(desk).length).toBeLessThan(20 * (LONGEST_REASON + KIBIBYTE));
});
