import { MESSAGES, type Body, type MessageName } from './messages.ts';
import type { Desk } from './desk.ts';
import { decideGate } from './gates.ts';
import { abort, askAgain, hold, orderOf, resume, type Ruling, type Signature } from './orders.ts';
import { leftToFillIn } from './placeholders.ts';
import { review } from './reviewing.ts';
import { misfits } from './shape.ts';
import { cut } from './text.ts';
import type { Digest } from './verdict.ts';
import { attest } from './vouching.ts';

/** A message as it came in: nothing about its arguments is believed yet. */
export interface Message {
  readonly name: MessageName;
  readonly args: readonly unknown[];
  /** When it was received, epoch milliseconds. */
  readonly at: number;
  /** Set when it was signed and its signature was verified; `by` is then the person who signed. */
  readonly signature?: Signature;
}

/** What the sender is told. */
export interface Answer {
  readonly counted: boolean;
  readonly text: string;
  readonly by: string;
}

const REFUSALS_KEPT = 20;

/** What stops a go-live or repeats a look needs no signature: nobody can be harmed by it, and somebody may be in a hurry. */
const UNSIGNED: readonly MessageName[] = ['abort', 'hold', 'recheck', 'retryRollback'];

/** The payload converter puts this marker where an argument could not be decoded. */
export const UNDECODABLE = 'golive:undecodable';

/**
 * The one way in which a message changes anything. Pure and total: it never throws, whatever the arguments are, and a
 * message that does not count is kept as a refusal with its reason.
 */
export function receive(desk: Desk, message: Message): { readonly desk: Desk; readonly answer: Answer } {
  const { name, args, at, signature } = message;
  const problem = shapeProblem(desk.trust, name, args);
  const by = problem === undefined ? (args[0] as { by: string }).by : senderOf(args);
  const why = problem ?? trustProblem(desk, name, signature) ?? blankProblem(message);
  const outcome: Ruling = why === undefined ? handle(desk, message) : { refuse: why };
  if ('refuse' in outcome) return refuse(desk, { name, by, at, why: outcome.refuse });
  const used = signature === undefined ? desk.used : [...desk.used, signature.decision];
  const accepted = { ...outcome.desk, accepted: desk.accepted + 1, used };
  return { desk: accepted, answer: { counted: true, text: outcome.text, by } };
}

/** The same for a message that could not even be read as one, such as a token that does not verify. */
export function refuse(
  desk: Desk,
  refusal: { readonly name: MessageName; readonly by: string; readonly at: number; readonly why: string },
): { readonly desk: Desk; readonly answer: Answer } {
  const { count, latest } = desk.refusals;
  const refusals = { count: count + 1, latest: [...latest, refusal].slice(-REFUSALS_KEPT) };
  return { desk: { ...desk, refusals }, answer: { counted: false, text: refusal.why, by: refusal.by } };
}

/** The token of a signed message; undefined for a message that is none. */
export function tokenIn(args: readonly unknown[]): string | undefined {
  const [body] = args;
  if (args.length !== 1 || typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return undefined;
  const token: unknown = 'token' in body ? body.token : undefined;
  return typeof token === 'string' && Object.keys(body).length === 1 ? token : undefined;
}

/** A signed decision as the message it stands for: who signed it is its sender. */
export function messageOf(
  decision: { readonly by: string; readonly plan: string; readonly body: Readonly<Record<string, unknown>> },
  name: MessageName,
): object {
  const { properties } = MESSAGES[name].shape;
  const { by, plan } = decision;
  return { ...decision.body, by, ...('plan' in properties ? { plan } : {}) };
}

function shapeProblem(trust: Desk['trust'], name: MessageName, args: readonly unknown[]): string | undefined {
  if (args.length !== 1) return `needs exactly one JSON object, got ${args.length} arguments`;
  const [body] = args;
  // Bytes are objects with a field a byte: looking at them as such would take longer than a workflow task may.
  if (ArrayBuffer.isView(body)) return 'must be one JSON object';
  if (typeof body === 'object' && body !== null) {
    if (UNDECODABLE in body) return 'could not be decoded: send it as JSON (encoding json/plain)';
    if ('token' in body) {
      return trust === 'signed'
        ? 'a signed decision is {"token":"…"} and nothing else'
        : 'signed decisions are not accepted here: this worker runs in namespace mode';
    }
  }
  const problems = misfits(MESSAGES[name].shape, body);
  return problems.length > 0 ? problems.slice(0, 5).join('; ') : undefined;
}

function trustProblem(desk: Desk, name: MessageName, signature: Signature | undefined): string | undefined {
  if (signature === undefined) {
    return mustBeSigned(desk.trust, name)
      ? 'must be signed here: send {"token":"…"}, which `golive sign` makes'
      : undefined;
  }
  return desk.used.includes(signature.decision) ? 'this decision has counted already: sign a new one' : undefined;
}

/** Whether a message counts only with somebody's signature. */
export function mustBeSigned(trust: Desk['trust'], name: MessageName): boolean {
  return trust === 'signed' && !UNSIGNED.includes(name);
}

/** Whoever is in a hurry is not held up for it. */
function blankProblem({ name, args: [body] }: Message): string | undefined {
  const blanks = UNSIGNED.includes(name) ? [] : leftToFillIn(body as object);
  return blanks.length > 0 ? `still has to be filled in: ${blanks.join(', ')}` : undefined;
}

function senderOf(args: readonly unknown[]): string {
  const [body] = args;
  const by: unknown = typeof body === 'object' && body !== null && 'by' in body ? body.by : undefined;
  return typeof by === 'string' ? cut(by, 200) : 'unknown';
}

function handle(desk: Desk, { name, args: [body], at, signature }: Message): Ruling {
  const decision: Digest | null = signature?.decision ?? null;
  const from = { at, decision, groups: signature?.groups ?? [] };
  switch (name) {
    case 'approve':
    case 'reject':
      return decideGate(desk, name, body as Body<'approve'>, from);
    case 'attest':
      return attest(desk, body as Body<'attest'>, from);
    case 'review':
      return review(desk, body as Body<'review'>, from);
    case 'hold':
      return hold(desk, orderOf(body as Body<'hold'>, from));
    case 'resume':
      return resume(desk);
    case 'abort':
      return abort(desk, orderOf(body as Body<'abort'>, from));
    case 'recheck':
      return askAgain(desk, 'recheck', orderOf(body as Body<'recheck'>, from), (body as Body<'recheck'>).step);
    case 'retryRollback':
      return askAgain(
        desk,
        'hands',
        orderOf(body as Body<'retryRollback'>, from),
        (body as Body<'retryRollback'>).step,
      );
  }
}
