import type { Ask, AttestationAsk, Desk, GateAsk, HandsAsk, Order, RecheckAsk, ReviewAsk } from './desk.ts';
import { isAnswered, isPersonIn, keyOf } from './desk.ts';
import { MESSAGES, type Body, type MessageName } from './messages.ts';
import { personKey } from './person.ts';
import { misfits } from './shape.ts';
import { cut } from './text.ts';

/** A message as it came in: nothing about its arguments is believed yet. */
export interface Message {
  readonly name: MessageName;
  readonly args: readonly unknown[];
  /** When it was received, epoch milliseconds. */
  readonly at: number;
}

/** What the sender is told. */
export interface Answer {
  readonly counted: boolean;
  readonly text: string;
  readonly by: string;
}

type Outcome = { readonly desk: Desk; readonly text: string } | { readonly refuse: string };

const REFUSALS_KEPT = 20;

/** The payload converter puts this marker where an argument could not be decoded. */
export const UNDECODABLE = 'golive:undecodable';

/**
 * The one way in which a message changes anything. Pure and total: it never throws, whatever the arguments are, and a
 * message that does not count is kept as a refusal with its reason.
 */
export function receive(desk: Desk, message: Message): { readonly desk: Desk; readonly answer: Answer } {
  const { name, args, at } = message;
  const problem = shapeProblem(name, args);
  const by = problem === undefined ? (args[0] as { by: string }).by : senderOf(args);
  const outcome: Outcome = problem === undefined ? handle(desk, name, args[0], at) : { refuse: problem };
  if ('refuse' in outcome) {
    const refusal = { at, name, by, why: outcome.refuse };
    const latest = [...desk.refusals.latest, refusal].slice(-REFUSALS_KEPT);
    return {
      desk: { ...desk, refusals: { count: desk.refusals.count + 1, latest } },
      answer: { counted: false, text: outcome.refuse, by },
    };
  }
  const accepted = { ...outcome.desk, accepted: desk.accepted + 1 };
  return { desk: accepted, answer: { counted: true, text: outcome.text, by } };
}

function shapeProblem(name: MessageName, args: readonly unknown[]): string | undefined {
  if (args.length !== 1) return `needs exactly one JSON object, got ${args.length} arguments`;
  const [body] = args;
  // Bytes are objects with a field a byte: looking at them as such would take longer than a workflow task may.
  if (ArrayBuffer.isView(body)) return 'must be one JSON object';
  if (typeof body === 'object' && body !== null) {
    if (UNDECODABLE in body) return 'could not be decoded: send it as JSON (encoding json/plain)';
    if ('token' in body) return 'signed decisions are not accepted here: this worker runs in namespace mode';
  }
  const problems = misfits(MESSAGES[name].shape, body);
  return problems.length > 0 ? problems.slice(0, 5).join('; ') : undefined;
}

function senderOf(args: readonly unknown[]): string {
  const [body] = args;
  const by: unknown = typeof body === 'object' && body !== null && 'by' in body ? body.by : undefined;
  return typeof by === 'string' ? cut(by, 200) : 'unknown';
}

function handle(desk: Desk, name: MessageName, body: unknown, at: number): Outcome {
  switch (name) {
    case 'approve':
      return decideGate(desk, body as Body<'approve'>, at, approve);
    case 'reject':
      return decideGate(desk, body as Body<'reject'>, at, reject);
    case 'attest':
      return attest(desk, body as Body<'attest'>, at);
    case 'review':
      return review(desk, body as Body<'review'>, at);
    case 'hold':
      return hold(desk, orderOf(body as Body<'hold'>, at));
    case 'resume':
      return desk.held ? { desk: { ...desk, held: null }, text: 'resumed' } : { refuse: 'nothing is held' };
    case 'abort':
      return abort(desk, orderOf(body as Body<'abort'>, at));
    case 'recheck':
      return askAgain(desk, 'recheck', orderOf(body as Body<'recheck'>, at), (body as Body<'recheck'>).step);
    case 'retryRollback':
      return askAgain(desk, 'hands', orderOf(body as Body<'retryRollback'>, at), (body as Body<'retryRollback'>).step);
  }
}

function orderOf(body: { readonly by: string; readonly reason?: string }, at: number): Order {
  return { by: body.by.trim(), at, reason: body.reason ?? '' };
}

function replace(desk: Desk, ask: Ask): Desk {
  return { ...desk, asks: desk.asks.map((it) => (keyOf(it) === keyOf(ask) ? ask : it)) };
}

function isRequester(desk: Desk, person: string): boolean {
  return desk.requester !== null && personKey(desk.requester) === personKey(person);
}

function wrongPlan(desk: Desk, body: { readonly plan: string }): boolean {
  return desk.plan === null || body.plan !== desk.plan;
}

type GateDecision = (desk: Desk, ask: GateAsk, order: Order) => Outcome;

function decideGate(desk: Desk, body: Body<'approve'>, at: number, decision: GateDecision): Outcome {
  const ask = desk.asks.find((it): it is GateAsk => it.kind === 'approval' && it.gate === body.gate);
  if (ask === undefined) return { refuse: `the gate ${body.gate} is not open` };
  if (wrongPlan(desk, body)) return { refuse: 'this is another plan than the one that runs' };
  if (body.nonce !== undefined && body.nonce !== ask.nonce) return { refuse: 'this nonce is of another opening' };
  if (at > ask.until) return { refuse: `the gate ${body.gate} closed at its deadline` };
  if (isAnswered(ask)) return { refuse: `the gate ${body.gate} is already decided` };
  if (isRequester(desk, body.by)) return { refuse: 'the requester cannot approve' };
  // Groups cannot be checked where the namespace is believed; see docs/decisions/0004-trust-modes.md.
  if (ask.groups.length === 0 && !isPersonIn(ask.people, body.by)) return { refuse: 'this person may not decide here' };
  return decision(desk, ask, orderOf(body, at));
}

const approve: GateDecision = (desk, ask, order) => {
  if (ask.approvals.some((it) => personKey(it.by) === personKey(order.by))) {
    return { refuse: 'this person has approved already' };
  }
  const approvals = [...ask.approvals, order];
  return { desk: replace(desk, { ...ask, approvals }), text: `counted ${approvals.length} of ${ask.need}` };
};

const reject: GateDecision = (desk, ask, order) => ({
  desk: replace(desk, { ...ask, rejection: order }),
  text: `the gate ${ask.gate} is rejected`,
});

function attest(desk: Desk, body: Body<'attest'>, at: number): Outcome {
  const seen = vouchedFor(body);
  if (seen.size === 0) return { refuse: 'name the control in "control", or several in "seen" and "controls"' };
  if (wrongPlan(desk, body)) return { refuse: 'this is another plan than the one that runs' };
  const expires = body.expires === undefined ? null : Date.parse(body.expires);
  if (Number.isNaN(expires)) return { refuse: 'expires: is not a time such as 2026-12-22T00:00:00Z' };
  if (expires !== null && expires <= at) return { refuse: 'expires: lies in the past' };
  const order = { by: body.by.trim(), at, reason: body.statement };
  const given = { ...order, evidence: body.evidence ?? null, expires };
  let next = desk;
  for (const [control, facts] of seen) {
    const ask = desk.asks.find((it): it is AttestationAsk => it.kind === 'attestation' && it.control === control);
    if (ask === undefined) return { refuse: `the control ${control} waits for no attestation` };
    const why = attestationProblem(desk, ask, { by: body.by, facts, at });
    if (why !== undefined) return { refuse: why };
    next = replace(next, { ...ask, given });
  }
  return { desk: next, text: `attested ${[...seen.keys()].join(', ')}` };
}

/** The controls that a message names, each with the digest of the facts that its sender has seen. */
function vouchedFor({ control, controls = [], facts, seen = {} }: Body<'attest'>): Map<string, string | undefined> {
  const named = [...controls, ...(control === undefined ? [] : [control])];
  return new Map([
    ...named.map((name) => [name, name === control ? facts : undefined] as const),
    ...Object.entries(seen),
  ]);
}

function attestationProblem(
  desk: Desk,
  ask: AttestationAsk,
  { by, facts, at }: { readonly by: string; readonly facts: string | undefined; readonly at: number },
): string | undefined {
  const { control, owner } = ask;
  if (ask.given !== null) return `the control ${control} is attested already`;
  if (at > ask.until) return `the control ${control} closed at its deadline`;
  if (isRequester(desk, by)) return 'the requester cannot attest';
  if (owner !== null && personKey(owner) !== personKey(by))
    return `the control ${control} is attested by its owner, ${owner}`;
  if (facts === undefined && ask.facts !== null) return `say which facts of ${control} you have seen: ${ask.facts}`;
  // The word is bound to what was found: a person who looked at something else has not vouched for this.
  if (facts !== undefined && facts !== ask.facts)
    return `the facts of ${control} are others by now: ${ask.facts ?? 'none'}`;
  return undefined;
}

function review(desk: Desk, body: Body<'review'>, at: number): Outcome {
  const ask = desk.asks.find((it): it is ReviewAsk => it.kind === 'review');
  if (ask === undefined) return { refuse: 'no sample waits for a review' };
  if (wrongPlan(desk, body)) return { refuse: 'this is another plan than the one that runs' };
  if (body.sample !== ask.sample) return { refuse: 'this is another sample than the one that waits' };
  if (at > ask.until) return { refuse: 'the review closed at its deadline' };
  if (!isPersonIn(ask.reviewers, body.by)) return { refuse: 'this person is not a reviewer' };
  const stranger = body.verdicts.find((verdict) => !ask.ids.includes(verdict.id));
  if (stranger !== undefined) return { refuse: `${stranger.id} is not in the sample` };
  const verdicts = new Map(ask.verdicts.map((verdict) => [verdict.id, verdict]));
  for (const { id, correct, note } of body.verdicts) {
    if (verdicts.has(id)) return { refuse: `${id} is reviewed already` };
    verdicts.set(id, { id, correct, note: note ?? null, by: body.by.trim() });
  }
  const reviewed = { ...ask, verdicts: [...verdicts.values()] };
  return { desk: replace(desk, reviewed), text: `reviewed ${verdicts.size} of ${ask.ids.length}` };
}

function hold(desk: Desk, order: Order): Outcome {
  if (desk.held !== null) return { refuse: `held already, by ${desk.held.by}` };
  if (desk.closed) return { refuse: 'the go-live has ended' };
  return { desk: { ...desk, held: order }, text: 'held: the share stays where it is' };
}

/** Repeating an abort is harmless and the first reason is kept. */
function abort(desk: Desk, order: Order): Outcome {
  if (desk.abort !== null) return { desk, text: `already aborted by ${desk.abort.by}` };
  if (desk.closed)
    return { refuse: 'the go-live has ended; what it made live is taken back by hand or by another run' };
  return { desk: { ...desk, abort: order }, text: 'aborted: the platform is being made safe' };
}

function askAgain(desk: Desk, kind: 'recheck' | 'hands', order: Order, step: string | undefined): Outcome {
  const waiting = desk.asks.filter(
    (ask): ask is RecheckAsk | HandsAsk => ask.kind === kind && (step === undefined || ask.step === step),
  );
  if (waiting.length === 0)
    return { refuse: step === undefined ? 'nothing waits for this' : `${step} does not wait for this` };
  const next = waiting.reduce((it, ask) => replace(it, { ...ask, asked: order }), desk);
  return { desk: next, text: `again: ${waiting.map((ask) => ask.step).join(', ')}` };
}
