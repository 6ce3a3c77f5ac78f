import fc from 'fast-check';
import type { Ask, Trust } from '../../src/domain/desk.ts';
import type { MessageName } from '../../src/domain/messages.ts';
import type { Message } from '../../src/domain/receive.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { anyMessage } from './hostile.ts';
import { ANA, BEN, CHI, DEE, EVE, otherSpellings } from './people.ts';
import { PLAN, SAMPLE } from './runs.ts';

const OTHER = `sha256:${'6'.repeat(64)}` as const;
const UNTIL = 100;
const LATEST = UNTIL + 5;

/** What happens to a run: somebody says something, or the workflow asks, asks no more, or seals the outcome. */
export type Event =
  | { readonly what: 'said'; readonly message: Message }
  | { readonly what: 'asked' | 'withdrawn'; readonly ask: Ask }
  | { readonly what: 'sealed' };

const mostly = <T, U>(usual: T, unusual: U, ...others: readonly U[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, fc.constantFrom(unusual, ...others));

const at = fc.nat({ max: LATEST });
const gate = mostly('begin-traffic' as const, 'increase-traffic' as const);
const by = fc
  .constantFrom(BEN, BEN, CHI, CHI, DEE, DEE, EVE, ANA)
  .chain((person) => fc.constantFrom(...otherSpellings(person)));
const plan = mostly(PLAN, OTHER);
const reason = fc.constant('because');
const signature = fc.record({
  decision: fc.integer({ min: 10, max: 40 }).map((number): Digest => `sha256:${String(number).repeat(32)}`),
  groups: fc.subarray(['platform-oncall', 'anybody']),
});

const decision = fc.record(
  {
    gate: fc.oneof({ weight: 9, arbitrary: gate }, fc.constant('release-kill-switch')),
    by,
    plan,
    reason,
    nonce: mostly('nonce-1', 'nonce-2', 'nonce-3'),
    shown: mostly(SAMPLE, OTHER),
  },
  { requiredKeys: ['gate', 'by', 'plan', 'reason', 'nonce'] },
);
const BODIES: Readonly<Record<MessageName, fc.Arbitrary<object>>> = {
  approve: fc.oneof(
    { weight: 4, arbitrary: decision },
    decision.map(({ nonce: _nonce, ...rest }) => rest),
  ),
  reject: decision,
  attest: fc.record(
    {
      control: fc.constantFrom('circuit-breakers', 'on-call', 'role-review'),
      controls: fc.uniqueArray(fc.constantFrom('circuit-breakers', 'on-call'), { minLength: 1 }),
      seen: fc.constantFrom({ 'circuit-breakers': SAMPLE }, { 'circuit-breakers': OTHER }, { 'on-call': SAMPLE }, {}),
      by,
      plan,
      statement: reason,
      facts: mostly(SAMPLE, OTHER),
      expires: mostly('2026-12-22T00:00:00Z', '1970-01-01T00:00:00Z', '2026-99-99T00:00:00Z'),
    },
    { requiredKeys: ['by', 'plan', 'statement'] },
  ),
  review: fc.record({
    sample: mostly(SAMPLE, OTHER),
    by: fc.oneof(by, fc.constant(DEE)),
    plan,
    verdicts: fc.array(fc.record({ id: fc.constantFrom('evt_01', 'evt_02', 'evt_03'), correct: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
  hold: fc.record({ by, reason }),
  resume: fc.record({ by, reason }, { requiredKeys: ['by'] }),
  abort: fc.record({ by, reason }),
  recheck: fc.record({ by, step: fc.constantFrom('audit-pipeline', 'policy-set') }, { requiredKeys: ['by'] }),
  retryRollback: fc.record({ by, step: fc.constantFrom('policy-rollback', 'policy-set') }, { requiredKeys: ['by'] }),
};

/** How often people say what. */
const WEIGHTS = {
  approve: 12,
  reject: 1,
  attest: 4,
  review: 3,
  hold: 1,
  resume: 1,
  abort: 1,
  recheck: 1,
  retryRollback: 1,
};
const sensible = fc.oneof(
  ...(Object.keys(WEIGHTS) as MessageName[]).map((name) => ({
    weight: WEIGHTS[name],
    arbitrary: fc.record({ name: fc.constant(name), args: fc.tuple(BODIES[name]), at }),
  })),
);

const asks: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('approval' as const),
      gate,
      nonce: mostly('nonce-1', 'nonce-2'),
      shown: mostly(SAMPLE, null),
      need: fc.integer({ min: 1, max: 3 }),
      people: fc.subarray([ANA, BEN, CHI, DEE], { minLength: 2 }),
      groups: fc.subarray(['platform-oncall']),
      until: fc.constant(UNTIL),
      validFor: fc.constantFrom(20, 200),
      approvals: fc.constant([]),
      rejection: fc.constant(null),
    }),
  },
  fc.record({
    kind: fc.constant('attestation' as const),
    control: fc.constantFrom('circuit-breakers' as const, 'on-call' as const),
    owner: fc.constantFrom(BEN, null),
    facts: fc.constantFrom(SAMPLE, null),
    about: fc.constant([]),
    until: fc.constant(UNTIL),
    given: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('review' as const),
    sample: fc.constant(SAMPLE),
    ids: fc.constant(['evt_01', 'evt_02']),
    shown: fc.constant([]),
    wanted: fc.constant(2),
    available: fc.constant(2),
    reviewers: fc.constantFrom([DEE], [DEE, CHI]),
    until: fc.constant(UNTIL),
    verdicts: fc.constant([]),
  }),
  fc.constant({ kind: 'recheck' as const, step: 'audit-pipeline' as const, until: UNTIL, asked: null }),
  fc.constant({ kind: 'hands' as const, step: 'policy-rollback' as const, problem: 'gone', asked: null }),
);

/** What is asked of people and what they say, as sensible and as senseless as it may be, in a run that believes so. */
export function storyIn(trust: Trust): fc.Arbitrary<readonly Event[]> {
  const isSigned = trust === 'signed' ? mostly(true, false) : fc.constant(false);
  const said = fc
    .tuple(fc.oneof({ weight: 12, arbitrary: sensible }, anyMessage(LATEST)), isSigned, signature)
    .map(([message, signs, by]): Event => ({ what: 'said', message: signs ? { ...message, signature: by } : message }));
  const asked = asks.map((ask): Event => ({ what: 'asked', ask }));
  const event = fc.oneof(
    { weight: 80, arbitrary: said },
    { weight: 8, arbitrary: asked },
    { weight: 4, arbitrary: asks.map((ask): Event => ({ what: 'withdrawn', ask })) },
    fc.constant<Event>({ what: 'sealed' }),
  );
  return fc
    .tuple(fc.array(asked, { minLength: 1, maxLength: 4 }), fc.array(event, { maxLength: 25, size: 'max' }))
    .map(([first, then]) => [...first, ...then]);
}
