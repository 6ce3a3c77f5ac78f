import type { Activities, ReadDecision } from '../../src/activities/index.ts';
import { translated } from '../../src/activities/failures.ts';
import { planActivities } from '../../src/activities/plans.ts';
import type { MessageName } from '../../src/domain/messages.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { exampleOperator } from './operator.ts';

/** What a token of these tests carries in the open; who made it up is not looked at. */
interface Carried {
  readonly number: number;
  readonly kind: string;
  readonly by: string;
  readonly plan: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const IS_TOKEN = 'a token of the test ';
let tokens = 0;

/** A message as one that its sender has signed. */
export function signedBy(name: MessageName, { by, plan = '', ...body }: Readonly<Record<string, unknown>>) {
  tokens += 1;
  return { token: IS_TOKEN + JSON.stringify({ number: tokens, kind: name, by, plan, body }) };
}

/** The id of the decision in a token. */
export function decisionIn({ token }: { readonly token: string }): Digest {
  return idOf(carriedBy(token));
}

/** A worker that believes signatures alone, and whose verification believes every token that looks like one. */
export const trustingSignatures: Partial<Activities> = {
  async admitPlan(request) {
    return { ...(await translated(planActivities(exampleOperator())).admitPlan(request)), trust: 'signed' };
  },
  readDecisions: (_scope, { decisions }) => Promise.resolve(decisions.map(readOne)),
};

function readOne({ name, token }: { readonly name: string; readonly token: string }): ReadDecision {
  if (!token.startsWith(IS_TOKEN)) return { ok: false, why: 'the signature is wrong' };
  const carried = carriedBy(token);
  if (carried.kind !== name) return { ok: false, why: 'what was signed is another message' };
  const { by, plan, body } = carried;
  return { ok: true, by, plan, body, groups: ['platform-oncall', 'security'], decision: idOf(carried) };
}

function carriedBy(token: string): Carried {
  return JSON.parse(token.slice(IS_TOKEN.length)) as Carried;
}

function idOf({ number }: Carried): Digest {
  return `sha256:${number.toString(16).padStart(64, '0')}`;
}
