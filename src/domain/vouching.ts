import { goliveCommand, signalCommand } from './commands.ts';
import type { AttestationAsk, Desk } from './desk.ts';
import type { Body } from './messages.ts';
import { isRequester, orderOf, replace, wrongPlan, type From, type Ruling } from './orders.ts';
import { personKey } from './person.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { ANYBODY, type MessageDraft, type Progress, type Waiting } from './run.ts';

/** Somebody's word on one control or on several: all of them count, or none does. */
export function attest(desk: Desk, body: Body<'attest'>, from: From): Ruling {
  const seen = seenIn(body);
  if (seen.size === 0) return { refuse: 'name the control in "control", or several in "seen" and "controls"' };
  if (wrongPlan(desk, body)) return { refuse: 'this is another plan than the one that runs' };
  const expires = body.expires === undefined ? null : Date.parse(body.expires);
  if (Number.isNaN(expires)) return { refuse: 'expires: is not a time such as 2026-12-22T00:00:00Z' };
  if (expires !== null && expires <= from.at) return { refuse: 'expires: lies in the past' };
  const order = orderOf({ by: body.by, reason: body.statement }, from);
  const given = { ...order, evidence: body.evidence ?? null, expires };
  let next = desk;
  for (const [control, facts] of seen) {
    const ask = desk.asks.find((it): it is AttestationAsk => it.kind === 'attestation' && it.control === control);
    if (ask === undefined) return { refuse: `the control ${control} waits for no attestation` };
    const why = problemOf(desk, ask, { by: body.by, facts, at: from.at });
    if (why !== undefined) return { refuse: why };
    next = replace(next, { ...ask, given });
  }
  return { desk: next, text: `attested ${[...seen.keys()].join(', ')}` };
}

/** The controls that a message names, each with the digest of the facts that its sender has seen. */
function seenIn({ control, controls = [], facts, seen = {} }: Body<'attest'>): Map<string, string | undefined> {
  const named = [...controls, ...(control === undefined ? [] : [control])];
  return new Map([
    ...named.map((name) => [name, name === control ? facts : undefined] as const),
    ...Object.entries(seen),
  ]);
}

function problemOf(
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

/** The part of an `attest` message that says what is vouched for: the facts seen of each control, or the control alone. */
export function vouchingFor(waiting: readonly Pick<Waiting, 'what' | 'facts'>[]): {
  readonly seen?: Readonly<Record<string, string>>;
  readonly controls?: readonly string[];
} {
  const seen = waiting.flatMap(({ what, facts }) => (facts === undefined ? [] : [[what, facts] as const]));
  const controls = waiting.flatMap(({ what, facts }) => (facts === undefined ? [what] : []));
  return {
    ...(seen.length > 0 ? { seen: Object.fromEntries(seen) } : {}),
    ...(controls.length > 0 ? { controls } : {}),
  };
}

/** The message with which the owner of all of this vouches for it, with what only that person can say left open. */
export function vouchingDraft({ plan }: Pick<Progress, 'plan'>, waiting: readonly Waiting[]): MessageDraft {
  const { from = [] } = waiting[0] ?? {};
  const by = from.includes(ANYBODY) ? PLACEHOLDERS.by : (from[0] ?? PLACEHOLDERS.by);
  const { statement, evidence } = PLACEHOLDERS;
  return { name: 'attest', body: { by, statement, evidence, plan, ...vouchingFor(waiting) } };
}

/** The one command with which one person vouches for all of this. */
export function vouchingCommand(
  progress: Pick<Progress, 'golive' | 'plan' | 'trust'>,
  waiting: readonly Waiting[],
): string {
  const { golive, trust } = progress;
  if (trust === 'signed') return goliveCommand(golive, 'attest');
  const { name, body } = vouchingDraft(progress, waiting);
  return signalCommand(golive, name, body);
}
