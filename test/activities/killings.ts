import { revocationDrill } from './deeds.ts';
import { MUTATIONS, type Call, type Mutation } from './mutations.ts';

/** Where in a mutation its process dies. */
export const MOMENTS = [
  'not yet sent',
  'sent and not acted on',
  'acted on and not answered',
  'answered and not reported',
] as const;
type Moment = (typeof MOMENTS)[number];

/** How a process is stopped at its moment: the platform holds one of its calls. */
export interface Hold {
  readonly call: Call;
  readonly wait: 'before-acting' | 'after-acting';
  readonly ms: number;
  /** How many effects there are meanwhile. */
  readonly made: number;
  /** How many there are when the platform has done what it was asked for, also by a process that is dead by then. */
  readonly landed: number;
}

/** Longer than any test: what is held so long is held for good. */
const FOR_GOOD = 60_000;
/** Long enough to kill somebody. Temporal asks again half a minute later at the soonest, when the platform has long acted. */
const A_WHILE = 1_000;

export const HOLDS: Readonly<Record<Moment, (mutation: Mutation) => Hold>> = {
  'not yet sent': ({ before, nth }) => ({
    call: before,
    wait: 'before-acting',
    ms: FOR_GOOD,
    made: nth - 1,
    landed: nth - 1,
  }),
  'sent and not acted on': ({ call, nth }) => ({
    call,
    wait: 'before-acting',
    ms: A_WHILE,
    made: nth - 1,
    landed: nth,
  }),
  'acted on and not answered': ({ call, nth }) => ({
    call,
    wait: 'after-acting',
    ms: FOR_GOOD,
    made: nth,
    landed: nth,
  }),
  'answered and not reported': ({ after, nth }) => ({
    call: after,
    wait: 'before-acting',
    ms: FOR_GOOD,
    made: nth,
    landed: nth,
  }),
};

/** A mutation, and what the ledger must hold of it in the end: by the moment of the kill, after one more attempt. */
interface Killing extends Mutation {
  readonly endings: Readonly<Record<Moment, readonly string[]>>;
}

/** Each effect once. Only a drill that cannot go on from what a dead attempt left is measured anew, with a whole second pair. */
function killingOf(mutation: Mutation): Killing {
  const { effects, measuredAnew } = mutation;
  const twice = [...effects, ...effects];
  const ending = measuredAnew === undefined ? effects : twice;
  const endings = {
    'not yet sent': measuredAnew === 'whenever it is repeated' ? twice : effects,
    'sent and not acted on': ending,
    'acted on and not answered': ending,
    'answered and not reported': ending,
  };
  return { ...mutation, endings };
}

const KEY = 'golive:test:c0ffee00:token-revocation-drill:1';
const created = (attempt: number) => `created ${KEY}/${attempt}`;
const rehearsed = (attempt: number) => `token_revoke of ${KEY}/${attempt} by ${KEY}`;
const takenBack = (attempt: number) => `revoked ${KEY}/${attempt} by ${KEY}`;

const ONE_CREDENTIAL = [created(1), rehearsed(1)];
const FIRST_TAKEN_BACK = [created(1), takenBack(1), created(2), rehearsed(2)];
const FIRST_REHEARSED = [created(1), rehearsed(1), created(2), rehearsed(2)];

/** The secret of a credential dies with its process: no attempt goes on with that of another, and none is revoked twice. */
const REVOCATION: readonly Killing[] = [
  {
    name: 'rehearseRevocation, when it creates',
    kind: 'drill',
    before: { operationId: 'listApiTokens', nth: 2 },
    call: { operationId: 'createApiToken' },
    after: { operationId: 'listPolicyPacks' },
    act: revocationDrill,
    effects: ONE_CREDENTIAL,
    nth: 1,
    endings: {
      'not yet sent': ONE_CREDENTIAL,
      'sent and not acted on': FIRST_TAKEN_BACK,
      'acted on and not answered': FIRST_TAKEN_BACK,
      'answered and not reported': FIRST_TAKEN_BACK,
    },
  },
  {
    name: 'rehearseRevocation, when it revokes',
    kind: 'drill',
    before: { operationId: 'listPolicyPacks' },
    call: { operationId: 'applyEmergencyAction', path: 'token_revoke' },
    after: { operationId: 'listPolicyPacks', nth: 2 },
    act: revocationDrill,
    effects: ONE_CREDENTIAL,
    nth: 2,
    endings: {
      'not yet sent': FIRST_TAKEN_BACK,
      'sent and not acted on': FIRST_REHEARSED,
      'acted on and not answered': FIRST_REHEARSED,
      'answered and not reported': FIRST_REHEARSED,
    },
  },
];

export const KILLINGS: readonly Killing[] = [...MUTATIONS.map(killingOf), ...REVOCATION];
