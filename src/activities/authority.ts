import { isDeepStrictEqual } from 'node:util';
import type { SignedDecision } from '../approvals/decision.ts';
import { isPersonIn } from '../domain/desk.ts';
import { audienceOf, isKeyOf } from '../domain/ids.ts';
import { personKey } from '../domain/person.ts';
import type { GateId, StepId } from '../domain/plan.ts';
import { planSchema, type Plan } from '../domain/plan-schema.ts';
import { parseStrictJson } from '../domain/strict-json.ts';
import type { Digest } from '../domain/verdict.ts';
import { digestOf, isDigest } from '../evidence/digest.ts';
import { approvalPath, PLAN } from '../evidence/layout.ts';
import { Failure } from './failures.ts';
import { callingRun, readIfThere, readReceipt } from './receipts.ts';
import type { Room } from './room.ts';
import { isStopped, keepBegun, readBegun, standingOf } from './standing.ts';
import type { Scope } from './world.ts';

/** What a plan allows: behind which gate it lies, and whether it is the first thing that lies behind it. */
export interface Permission {
  readonly gate: GateId;
  /** Approvals expire until they are used; what follows from the first use may take its time. */
  readonly isFirst: boolean;
}

/** The plan of a run as it was admitted, with the digest that every decision is bound to. */
interface AdmittedPlan {
  readonly plan: Plan;
  readonly digest: Digest;
}

interface Approval {
  readonly decision: SignedDecision;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

const notApproved = (why: string) => new Failure('NotApproved', why);
const goesBack = () => notApproved('the go-live goes back, and nothing of it forward');

/*
 * What the workflow says counts for nothing here: whoever may write to the namespace can write its history and call any
 * activity with any arguments, but cannot sign. So arguments are held against the plan that people signed for, and what they
 * signed is read from the store and verified once more, by the worker that holds the credentials, against the keys in force
 * now. Where the namespace is believed there is nothing to verify.
 */

/**
 * Refuses to move traffic forward unless enough people signed for it, and marks that it begins to move.
 * @throws {Failure} `NotApproved`
 */
export async function requireMove(
  room: Room,
  scope: Scope,
  permissionIn: (plan: Plan) => Permission,
  decisions: readonly Digest[],
): Promise<void> {
  const { store, trust } = room;
  await keepBegun(store, scope, trust.mode === 'namespace' ? null : await allowedBy());
  await requireNotStopped(room, scope);

  async function allowedBy(): Promise<Digest> {
    const admitted = await readPlan(room, scope);
    await requireQuorum(room, scope, { admitted, permission: permissionIn(admitted.plan), decisions });
    return admitted.digest;
  }
}

/**
 * Refuses to move anything forward once the run has begun to go back. Asked once more right before the change: a worker that was
 * paused for minutes must not do on waking up what the rollback has been over for long.
 * @throws {Failure} `NotApproved`
 */
export async function requireNotStopped({ store }: Room, scope: Scope): Promise<void> {
  if (await isStopped(store, scope)) throw goesBack();
}

/**
 * Refuses what only a run may do that moves traffic, and has not begun to go back.
 * @throws {Failure} `NotApproved`
 */
export async function requireBegun(room: Room, scope: Scope): Promise<void> {
  const standing = await standingOf(room.store, scope);
  if (standing === 'before') throw notApproved('this run has moved no traffic');
  if (standing === 'stopped') throw goesBack();
}

/**
 * Refuses to release the kill switch unless enough people signed for it, and the state to be released into is the plan's.
 * @throws {Failure} `NotApproved`
 */
export async function requireRelease(
  room: Room,
  scope: Scope,
  { previous, percent }: { readonly previous: Plan['policy']['previous']; readonly percent: number },
  decisions: readonly Digest[],
): Promise<void> {
  if (room.trust.mode === 'namespace') return;
  const admitted = await readPlan(room, scope);
  const { policy, rollout } = admitted.plan;
  if (!isDeepStrictEqual(previous, policy.previous) || percent !== rollout.safePercent) {
    throw notApproved('the plan calls another state safe');
  }
  const permission = { gate: 'release-kill-switch', isFirst: true } as const;
  await requireQuorum(room, scope, { admitted, permission, decisions });
}

/**
 * Going back asks nobody; but back is where the plan says that people let begin, and nowhere else.
 * @throws {Failure} `NotApproved`
 */
export async function requireWayBack(room: Room, scope: Scope, previous: Plan['policy']['previous']): Promise<void> {
  if (room.trust.mode === 'namespace') return;
  const { plan, digest } = await readPlan(room, scope);
  const begun = await readBegun(room.store, scope, callingRun().runId);
  if (begun?.plan !== digest) throw notApproved('people have not let this plan begin');
  if (!isDeepStrictEqual(previous, plan.policy.previous)) throw notApproved('the plan goes back to other versions');
}

/**
 * A key names what may be taken back, in every mode. Another step's would name what is not this step's.
 * @throws {Failure} `NotApproved`
 */
export function requireKeyOf(step: StepId, key: string): void {
  if (!isKeyOf(step, key)) throw notApproved(`this is no key of ${step}`);
}

async function requireQuorum(
  room: Room,
  scope: Scope,
  {
    admitted,
    permission: { gate, isFirst },
    decisions,
  }: { admitted: AdmittedPlan; permission: Permission; decisions: readonly Digest[] },
): Promise<void> {
  const { gates, clock } = admitted.plan;
  const { approvals: need, validFor } = gates[gate];
  const oldest = isFirst ? Date.now() - validFor / clock.speed : -Infinity;
  const read = [];
  for (const id of new Set(decisions)) read.push(await readApproval(room, scope, id));
  const holding = read.flatMap((approval) => {
    const holds = approval && approval.receivedAt > oldest && isFor(approval.decision, gate, admitted);
    return holds ? [approval.decision] : [];
  });
  const people = new Set(holding.map(({ by }) => personKey(by)));
  if (people.size >= need && areOfOneOpening(holding)) return;
  throw notApproved(`${gate} needs ${need} signed approvals of one opening, ${people.size} hold`);
}

/** What was asked once has one nonce and shows one body of evidence, which not everybody need name. */
function areOfOneOpening(decisions: readonly SignedDecision[]): boolean {
  const nonces = new Set(decisions.map(({ body }) => body['nonce']));
  const shown = new Set(decisions.flatMap(({ body }) => body['shown'] ?? []));
  return nonces.size === 1 && shown.size <= 1;
}

async function readPlan({ store }: Room, { folder, profile, tenant, environment }: Scope): Promise<AdmittedPlan> {
  const bytes = await readIfThere(store, `${folder}/${PLAN}`);
  const read = bytes && parseStrictJson(bytes);
  const plan = read?.ok === true ? planSchema.safeParse(read.value).data : undefined;
  if (read?.ok !== true || plan === undefined) throw notApproved('no plan was kept for this run');
  if (plan.profile !== profile || plan.tenant !== tenant || plan.environment !== environment) {
    throw notApproved('the plan that was kept is for something else');
  }
  return { plan, digest: digestOf(read.value) };
}

/** A kept decision, if it still verifies: received by this very run while it was valid, with a key that is in force now. */
async function readApproval({ store, trust }: Room, scope: Scope, id: Digest): Promise<Approval | undefined> {
  if (trust.mode === 'namespace' || !isDigest(id)) return undefined;
  const { golive, runId } = callingRun();
  const receipt = await readReceipt(store, scope, id);
  const token = await readIfThere(store, `${scope.folder}/${approvalPath(id)}`);
  if (token === undefined || receipt?.golive !== golive || receipt.runId !== runId) return undefined;
  const { receivedAt } = receipt;
  const context = { audience: audienceOf(scope), golive, receivedAt };
  const { reading } = await trust.issuers.verify(Buffer.from(token).toString('utf8'), context);
  return reading.ok && reading.decision.id === id ? { decision: reading.decision, receivedAt } : undefined;
}

/** Whether this is an approval of this gate of this plan, given at an opening by somebody who may give it. */
function isFor(
  { kind, body, plan: signedFor, by, groups }: SignedDecision,
  gate: GateId,
  { plan, digest }: AdmittedPlan,
): boolean {
  const { people = [], groups: allowed = [] } = plan.gates[gate].from;
  const may = isPersonIn(people, by) || allowed.some((group) => groups.includes(group));
  const isRequester = personKey(by) === personKey(plan.requestedBy);
  const isOf = body['gate'] === gate && typeof body['nonce'] === 'string' && signedFor === digest;
  return kind === 'approve' && isOf && may && !isRequester;
}
