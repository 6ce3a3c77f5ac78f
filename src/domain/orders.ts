import { keyOf, type Ask, type Desk, type HandsAsk, type Order, type RecheckAsk } from './desk.ts';
import { personKey } from './person.ts';
import type { Digest } from './verdict.ts';

/** What is known of a message whose signature was verified. */
export interface Signature {
  /** What makes the decision count once. */
  readonly decision: Digest;
  /** Groups that the issuer says the person is in. */
  readonly groups: readonly string[];
}

/** When a message came, and what stands behind it. */
export interface From {
  readonly at: number;
  readonly decision: Digest | null;
  readonly groups: readonly string[];
}

/** What a message comes to: another desk and what its sender is told, or why it does not count. */
export type Ruling = { readonly desk: Desk; readonly text: string } | { readonly refuse: string };

export function orderOf(body: { readonly by: string; readonly reason?: string }, { at, decision }: From): Order {
  return { by: body.by.trim(), at, reason: body.reason ?? '', decision };
}

export function replace(desk: Desk, ask: Ask): Desk {
  return { ...desk, asks: desk.asks.map((it) => (keyOf(it) === keyOf(ask) ? ask : it)) };
}

export function isRequester(desk: Desk, person: string): boolean {
  return desk.requester !== null && personKey(desk.requester) === personKey(person);
}

export function wrongPlan(desk: Desk, body: { readonly plan: string }): boolean {
  return desk.plan === null || body.plan !== desk.plan;
}

export function hold(desk: Desk, order: Order): Ruling {
  if (desk.held !== null) return { refuse: `held already, by ${desk.held.by}` };
  if (desk.closed) return { refuse: 'the go-live has ended' };
  if (desk.stopped) return { refuse: 'the go-live was stopped: there is nothing left to hold' };
  return { desk: { ...desk, held: order }, text: 'held: the share stays where it is' };
}

export function resume(desk: Desk): Ruling {
  return desk.held ? { desk: { ...desk, held: null }, text: 'resumed' } : { refuse: 'nothing is held' };
}

/** Repeating an abort is harmless and the first reason is kept. */
export function abort(desk: Desk, order: Order): Ruling {
  if (desk.abort !== null) return { desk, text: `already aborted by ${desk.abort.by}` };
  if (desk.closed)
    return { refuse: 'the go-live has ended; what it made live is taken back by hand or by another run' };
  return { desk: { ...desk, abort: order }, text: 'aborted: the platform is being made safe' };
}

/** Has what waits for it repeated: one step, or all of them. */
export function askAgain(desk: Desk, kind: 'recheck' | 'hands', order: Order, step: string | undefined): Ruling {
  const waiting = desk.asks.filter(
    (ask): ask is RecheckAsk | HandsAsk => ask.kind === kind && (step === undefined || ask.step === step),
  );
  if (waiting.length === 0)
    return { refuse: step === undefined ? 'nothing waits for this' : `${step} does not wait for this` };
  const next = waiting.reduce((it, ask) => replace(it, { ...ask, asked: order }), desk);
  return { desk: next, text: `again: ${waiting.map((ask) => ask.step).join(', ')}` };
}
