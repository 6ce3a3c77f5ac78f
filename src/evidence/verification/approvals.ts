import { isDeepStrictEqual } from 'node:util';
import { describeProblem, type SignedDecision } from '../../approvals/decision.ts';
import { DECISION_ALGORITHMS, type KeySet } from '../../approvals/key-set.ts';
import { claimedIssuer, verifyDecision, type DecisionContext } from '../../approvals/verify.ts';
import { audienceOf, guardianIdOf } from '../../domain/ids.ts';
import { readCompactToken } from '../../domain/compact-token.ts';
import { personKey } from '../../domain/person.ts';
import { messageOf, mustBeSigned } from '../../domain/receive.ts';
import type { Digest } from '../../domain/verdict.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import type { BundleProblem } from '../inspect.ts';
import { approvalPath, JOURNAL } from '../layout.ts';
import { redacted } from '../redact.ts';
import { ruled, unruled, type Ruling } from './ruling.ts';

/** What signed decisions say once their signatures were verified again, by their id. */
export type Decisions = ReadonlyMap<Digest, SignedDecision>;

export interface ApprovalsReading {
  readonly decisions: Decisions;
  readonly ruling: Ruling;
}

/** A worker may have been away between receiving a decision, when it was verified, and recording that it counted. */
const RECORDED_WITHIN = 15 * 60_000;

/**
 * Verifies every decision that counted once more, from its token. `trusted` are the operator's key sets as the reader knows
 * them; without them, those in the bundle have to do, and that they are the operator's stays open.
 */
export async function approvalsOf(
  contents: Contents,
  trusted: readonly KeySet[] | undefined,
): Promise<ApprovalsReading> {
  const [admitted] = contents.entries.filter(isOf('admitted'));
  const counted = contents.entries.filter(isOf('message')).filter(({ body }) => body.counted);
  const decisions = new Map<Digest, SignedDecision>();
  if (admitted?.body.trust !== 'signed') {
    const open = 'Nobody signs in this mode: whoever could write to the namespace could decide in anybody’s name.';
    return { decisions, ruling: unruled('signatures', open) };
  }
  const problems: BundleProblem[] = [];
  for (const entry of counted) {
    const found = await decisionBehind(entry, contents, trusted ?? contents.keySets);
    if (typeof found === 'string') problems.push({ path: pathOf(entry), why: found });
    else if (found !== undefined && decisions.has(found.id))
      problems.push({ path: pathOf(entry), why: 'counted twice' });
    else if (found !== undefined) decisions.set(found.id, found);
  }
  const says = [
    `All ${decisions.size} decisions that counted and have to be signed are signed, each by its sender and for this plan.`,
  ];
  const open = [
    'That the keys are those of these people: the key sets in the bundle were used; name yours with --approvers.',
  ];
  return { decisions, ruling: ruled('signatures', problems, trusted === undefined ? { says, open } : { says }) };
}

/** The decision behind a message that counted, why it is none, or undefined where none is needed. */
async function decisionBehind(
  { at, body: message }: Entry<'message'>,
  contents: Contents,
  keySets: readonly KeySet[],
): Promise<SignedDecision | string | undefined> {
  const { name, decision: id, by } = message;
  if (id === null) return mustBeSigned('signed', name) ? `${name} by ${by} counted without a signature` : undefined;
  const token = contents.tokens.get(id);
  if (token === undefined) return 'is missing';
  const read = await verified(token, keySets, contextOf(contents, token, at));
  if (typeof read === 'string') return read;
  if (read.id !== id) return 'is another decision than the one that counted';
  if (at > read.expiresAt * 1000 + RECORDED_WITHIN) return 'had expired when it counted';
  if (read.kind !== name || personKey(read.by) !== personKey(by)) return `is not ${name} by ${by}`;
  if (read.plan !== contents.planDigest) return 'is about another plan';
  // No more and no less than was signed; redaction came in between.
  return isDeepStrictEqual(message.said, redacted(messageOf(read, name))) ? read : 'does not say what counted';
}

/** Whether one of the key sets verifies it, or what the last of them says against it. */
async function verified(
  token: string,
  keySets: readonly KeySet[],
  context: DecisionContext,
): Promise<SignedDecision | string> {
  let why = 'there are no keys to verify it with';
  for (const keys of keySets) {
    const issuer = claimedIssuer(token) ?? '';
    const reading = await verifyDecision(token, [{ issuer, algorithms: DECISION_ALGORITHMS, keys }], context);
    if (reading.ok) return reading.decision;
    why = describeProblem(reading.problem);
  }
  return why;
}

function contextOf({ plan, entries }: Contents, token: string, at: number): DecisionContext {
  // What was decided after the guardian took over was addressed to the guardian.
  const isTakenOver = entries.some((entry) => isOf('taken-over')(entry) && entry.at <= at);
  const addressee = entries.find(isOf('admitted'))?.body.golive ?? '';
  const golive = isTakenOver ? guardianIdOf(plan.tenant, plan.environment) : addressee;
  return { audience: audienceOf(plan), golive, receivedAt: Math.min(at, lastMoment(token)) };
}

/** What was received in time is recorded a moment later; how much later is for the caller to judge. */
function lastMoment(token: string): number {
  const read = readCompactToken(token);
  const expires = read.ok ? read.claims['exp'] : undefined;
  return typeof expires === 'number' ? expires * 1000 : Infinity;
}

function pathOf({ sequence, body: { decision } }: Entry<'message'>): string {
  return decision === null ? `${JOURNAL}, line ${sequence}` : approvalPath(decision);
}
