import { isAnswered, isPersonIn, type Desk, type GateAsk, type Order } from './desk.ts';
import type { Body } from './messages.ts';
import { isRequester, orderOf, replace, wrongPlan, type From, type Ruling } from './orders.ts';
import { personKey } from './person.ts';
import type { Digest } from './verdict.ts';

/** Said to whoever approves twice: it is so already, and nothing is wrong. */
export const APPROVED_ALREADY = 'this person has approved already';

/** An approval or a rejection of the open gate. */
export function decideGate(desk: Desk, decision: 'approve' | 'reject', body: Body<'approve'>, from: From): Ruling {
  const ask = desk.asks.find((it): it is GateAsk => it.kind === 'approval' && it.gate === body.gate);
  if (ask === undefined) return { refuse: `the gate ${body.gate} is not open` };
  const why = problemOf(desk, ask, body, from);
  if (why !== undefined) return { refuse: why };
  const order = orderOf(body, from);
  return decision === 'approve' ? approve(desk, ask, order) : reject(desk, ask, order);
}

function problemOf(desk: Desk, ask: GateAsk, body: Body<'approve'>, from: From): string | undefined {
  const { gate, nonce, shown, by } = body;
  if (wrongPlan(desk, body)) return 'this is another plan than the one that runs';
  if (nonce === undefined && from.decision !== null) return 'must name the nonce of the open gate';
  if (nonce !== undefined && nonce !== ask.nonce) return 'this nonce is of another opening';
  if (shown !== undefined && shown !== ask.shown) return 'this is other evidence than what is shown at this gate';
  if (from.at > ask.until) return `the gate ${gate} closed at its deadline`;
  if (isAnswered(ask)) return `the gate ${gate} is already decided`;
  if (isRequester(desk, by)) return 'the requester cannot approve';
  return mayDecide(ask, by, from) ? undefined : 'this person may not decide here';
}

/** By name, or by a group: the issuer vouches for it in a signed decision, and nobody where the namespace is believed. */
function mayDecide({ people, groups }: GateAsk, by: string, { decision, groups: memberOf }: From): boolean {
  if (isPersonIn(people, by)) return true;
  // See docs/decisions/0004-trust-modes.md.
  return decision === null ? groups.length > 0 : groups.some((group) => memberOf.includes(group));
}

function approve(desk: Desk, ask: GateAsk, order: Order): Ruling {
  const approvals = stillGood(ask, order.at);
  if (approvals.some((it) => personKey(it.by) === personKey(order.by))) {
    return { refuse: APPROVED_ALREADY };
  }
  const now = [...approvals, order];
  const expired = ask.approvals.length - approvals.length;
  const text = `counted ${now.length} of ${ask.need}${expired > 0 ? `, ${expired} expired meanwhile` : ''}`;
  return { desk: replace(desk, { ...ask, approvals: now }), text };
}

function reject(desk: Desk, ask: GateAsk, order: Order): Ruling {
  return { desk: replace(desk, { ...ask, rejection: order }), text: `the gate ${ask.gate} is rejected` };
}

/** Ids of the signed decisions behind a gate's approvals; none where nobody signs. */
export function decisionsOf({ approvals }: Pick<GateAsk, 'approvals'>): readonly Digest[] {
  return approvals.flatMap(({ decision }) => (decision === null ? [] : [decision]));
}

/** The approvals that have not expired at this moment (epoch milliseconds). */
export function stillGood(
  { approvals, validFor }: Pick<GateAsk, 'approvals' | 'validFor'>,
  at: number,
): readonly Order[] {
  return approvals.filter((approval) => approval.at + validFor > at);
}
