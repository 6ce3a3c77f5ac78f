import type { Digest } from './verdict.ts';
import type { ControlId, GateId, StepId } from './plan.ts';
import { personKey, type Person } from './person.ts';

/** What somebody ordered, when (epoch milliseconds) and why. */
export interface Order {
  readonly by: Person;
  readonly at: number;
  readonly reason: string;
  /** Id of the signed decision; `null` where nobody signed. */
  readonly decision: Digest | null;
}

/** A gate that waits for approvals. */
export interface GateAsk {
  readonly kind: 'approval';
  readonly gate: GateId;
  readonly nonce: string;
  /** Digest of the evidence that is shown to those who decide. */
  readonly shown: Digest | null;
  readonly need: number;
  readonly people: readonly Person[];
  readonly groups: readonly string[];
  readonly until: number;
  /** Milliseconds after which an approval that was not used has to be given anew. */
  readonly validFor: number;
  readonly approvals: readonly Order[];
  readonly rejection: Order | null;
}

/** The word of a person, given for a control. */
export interface Attestation extends Order {
  readonly evidence: string | null;
  readonly expires: number | null;
}

/** A control that waits for somebody's word. */
export interface AttestationAsk {
  readonly kind: 'attestation';
  readonly control: ControlId;
  /** Who must vouch; `null`: anybody but the requester. */
  readonly owner: Person | null;
  /** Digest of the facts that the word is given for. */
  readonly facts: Digest | null;
  /** Those facts in words, and what they leave open. */
  readonly about: readonly string[];
  readonly until: number;
  readonly given: Attestation | null;
}

export interface DenialVerdict {
  readonly id: string;
  readonly correct: boolean;
  readonly note: string | null;
  readonly by: Person;
  readonly decision: Digest | null;
}

/** A denial as those see it who judge it. */
export interface ShownDenial {
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly actor: string;
  readonly policy: string | null;
  readonly reason: string | null;
}

/** A sample of denials that waits to be reviewed. */
export interface ReviewAsk {
  readonly kind: 'review';
  readonly sample: Digest;
  readonly ids: readonly string[];
  readonly shown: readonly ShownDenial[];
  /** How many were to be drawn, and from how many. */
  readonly wanted: number;
  readonly available: number;
  readonly reviewers: readonly Person[];
  readonly until: number;
  readonly verdicts: readonly DenialVerdict[];
}

/** A check that did not pass and waits to be repeated. */
export interface RecheckAsk {
  readonly kind: 'recheck';
  readonly step: StepId;
  readonly until: number;
  readonly asked: Order | null;
}

/** A step of the rollback that needs hands. */
export interface HandsAsk {
  readonly kind: 'hands';
  readonly step: StepId;
  /** What went wrong, for the person who is to mend it. */
  readonly problem: string;
  readonly asked: Order | null;
}

export type Ask = GateAsk | AttestationAsk | ReviewAsk | RecheckAsk | HandsAsk;

/** A message that did not count, and why. */
export interface Refusal {
  readonly at: number;
  readonly name: string;
  readonly by: string;
  readonly why: string;
}

/** How decisions are believed: signed by people, or by anybody who may write to the namespace. */
export type Trust = 'namespace' | 'signed';

/**
 * Everything that is being asked of people and everything they said: the one piece of state that messages change.
 * `receive` in `receive.ts` is the only function that turns a message into a new desk.
 */
export interface Desk {
  /** Whose decisions are believed; `null` as long as the plan is not admitted. */
  readonly trust: Trust | null;
  readonly plan: Digest | null;
  readonly requester: Person | null;
  readonly asks: readonly Ask[];
  readonly held: Order | null;
  readonly abort: Order | null;
  /** The way forward has ended, and nothing is left to be held. */
  readonly stopped: boolean;
  /** The outcome is decided and being sealed: what would change it comes too late. */
  readonly closed: boolean;
  readonly accepted: number;
  /** Ids of the signed decisions that have counted: each counts once. */
  readonly used: readonly Digest[];
  readonly refusals: { readonly count: number; readonly latest: readonly Refusal[] };
}

export const EMPTY_DESK: Desk = {
  trust: null,
  plan: null,
  requester: null,
  asks: [],
  held: null,
  abort: null,
  stopped: false,
  closed: false,
  accepted: 0,
  used: [],
  refusals: { count: 0, latest: [] },
};

/** What is asked, as one key: two asks with one key are the same question. */
export function keyOf(ask: Ask): string {
  switch (ask.kind) {
    case 'approval':
      return `approval ${ask.gate}`;
    case 'attestation':
      return `attestation ${ask.control}`;
    case 'review':
      return 'review of the denials';
    case 'recheck':
      return `recheck ${ask.step}`;
    case 'hands':
      return `hands ${ask.step}`;
  }
}

export function openAsk(desk: Desk, ask: Ask): Desk {
  return { ...desk, asks: [...desk.asks.filter((it) => keyOf(it) !== keyOf(ask)), ask] };
}

export function closeAsk(desk: Desk, key: string): Desk {
  return { ...desk, asks: desk.asks.filter((ask) => keyOf(ask) !== key) };
}

/** True once it is decided, one way or the other. */
export function isAnswered(ask: Ask): boolean {
  switch (ask.kind) {
    case 'approval':
      return ask.rejection !== null || ask.approvals.length >= ask.need;
    case 'attestation':
      return ask.given !== null;
    case 'review':
      return ask.verdicts.length === ask.ids.length;
    case 'recheck':
    case 'hands':
      return ask.asked !== null;
  }
}

export function isPersonIn(people: readonly Person[], person: Person): boolean {
  return people.some((known) => personKey(known) === personKey(person));
}
