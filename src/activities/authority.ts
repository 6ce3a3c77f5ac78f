import type { SignedDecision } from '../approvals/decision.ts';
import { isPersonIn } from '../domain/desk.ts';
import { personKey } from '../domain/person.ts';
import type { GateId } from '../domain/plan.ts';
import { planSchema, type Plan } from '../domain/plan-schema.ts';
import type { Digest } from '../domain/verdict.ts';
import { digestOf } from '../evidence/digest.ts';
import { approvalPath, PLAN } from '../evidence/layout.ts';
import { audienceOf } from './decisions.ts';
import { Failure } from './failures.ts';
import { callingRun, readReceipt } from './receipts.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

/** The plan of a run as it was admitted, with the digest that every decision is bound to. */
interface AdmittedPlan {
  readonly plan: Plan;
  readonly digest: Digest;
}

/**
 * Refuses what goes forward unless enough people signed for it. What the workflow says counts for nothing here: whoever may
 * write to the namespace can write its history, but cannot sign. So the tokens are read from the store and verified once
 * more, by the worker that holds the credentials, against the keys in force now. Where the namespace is believed there is
 * nothing to verify.
 * @throws {Failure} `NotApproved`
 */
export async function requireQuorum(
  room: Room,
  scope: Scope,
  gateFor: (plan: Plan) => GateId,
  decisions: readonly Digest[],
): Promise<void> {
  if (room.trust.mode === 'namespace') return;
  const admitted = await readPlan(room, scope);
  const gate = gateFor(admitted.plan);
  const approvals = [];
  for (const id of new Set(decisions)) approvals.push(await readApproval(room, scope, id));
  const fitting = approvals.filter((approval) => approval !== undefined && isFor(approval, gate, admitted));
  const nonces = new Set(fitting.map((approval) => approval?.body['nonce']));
  const people = new Set(fitting.map((approval) => personKey(approval?.by ?? '')));
  const { approvals: need } = admitted.plan.gates[gate];
  if (nonces.size === 1 && people.size >= need) return;
  throw new Failure('NotApproved', `${gate} needs ${need} signed approvals of one opening, ${people.size} hold`);
}

async function readPlan({ store }: Room, { folder }: Scope): Promise<AdmittedPlan> {
  const request: unknown = JSON.parse(Buffer.from(await store.read(`${folder}/${PLAN}`)).toString('utf8'));
  const parsed = planSchema.safeParse(request);
  if (!parsed.success) throw new Failure('NotApproved', 'the plan that was kept is not a plan');
  return { plan: parsed.data, digest: digestOf(request) };
}

/** A kept decision, if it still verifies: received by this very run while it was valid, with a key that is in force now. */
async function readApproval({ store, trust }: Room, scope: Scope, id: Digest): Promise<SignedDecision | undefined> {
  if (trust.mode === 'namespace') return undefined;
  const { golive, runId } = callingRun();
  const receipt = await readReceipt(store, scope, id);
  if (receipt === undefined || receipt.golive !== golive || receipt.runId !== runId) return undefined;
  const token = Buffer.from(await store.read(`${scope.folder}/${approvalPath(id)}`)).toString('utf8');
  const context = { audience: audienceOf(scope), golive, receivedAt: receipt.receivedAt };
  const { reading } = await trust.issuers.verify(token, context);
  return reading.ok && reading.decision.id === id ? reading.decision : undefined;
}

/** Whether this is an approval of this gate of this plan, by somebody who may give it. */
function isFor(
  { kind, body, plan: signedFor, by, groups }: SignedDecision,
  gate: GateId,
  { plan, digest }: AdmittedPlan,
) {
  const { people = [], groups: allowed = [] } = plan.gates[gate].from;
  const may = isPersonIn(people, by) || allowed.some((group) => groups.includes(group));
  const isRequester = personKey(by) === personKey(plan.requestedBy);
  return kind === 'approve' && body['gate'] === gate && signedFor === digest && may && !isRequester;
}
