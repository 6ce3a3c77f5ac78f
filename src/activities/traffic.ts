import { Context } from '@temporalio/activity';
import type { Plan } from '../domain/plan-schema.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { isAbove, isAtMost, standsAt, TrafficError, type Share, type TrafficProblem } from '../traffic/port.ts';
import { requireBegun, requireKeyOf, requireMove, requireNotStopped, type Permission } from './authority.ts';
import { Failure } from './failures.ts';
import { conclude, concludeAnyway } from './findings.ts';
import { requireLease } from './lease.ts';
import { actAndReadBack } from './mutations.ts';
import type { Room } from './room.ts';
import { describeShare, readOrAsk, readShare, readToldShare } from './share.ts';
import { keepStopped } from './standing.ts';
import type { Scope, World } from './world.ts';

/** The adapters have deadlines of their own. */
const SET_WITHIN = 10_000;

/** One move of the share, in percent. */
export interface ShiftRequest {
  readonly from: number;
  readonly to: number;
  readonly key: string;
  /** Ids of the signed decisions that allow it; empty where nobody signs. */
  readonly approvedBy: readonly Digest[];
}

export function trafficActivities(room: Room) {
  const { worlds, store } = room;
  return {
    /**
     * Moves the share from where we left it, and only from there: a share that stands elsewhere was moved by somebody else.
     * Reading first makes a repetition after a lost answer harmless.
     */
    async shiftTraffic(scope: Scope, { from, to, key, approvedBy }: ShiftRequest): Promise<Finding> {
      const refusal = await refusalOf(requireMove(room, scope, (plan) => permissionFor(plan, from, to), approvedBy));
      const world = worlds(scope);
      const before = await readOrAsk(world, to);
      // What is done already, its answer lost, is not refused: whoever approved it may have been struck off since.
      if (refusal !== undefined && !standsAt(before, to)) throw orMayBeMoving(refusal);
      if (!standsAt(before, to) && !isWhereLeft(before, from, to)) {
        throw new Failure('TrafficMoved', `the share stands at ${describeShare(before)}, we left it at ${from} %`);
      }
      const allowed = () => requireNotStopped(room, scope);
      const router = world.traffic.lease ?? world.traffic;
      const after = standsAt(before, to)
        ? before
        : await setAndReadBack(world, to, { expected: before, router, allowed });
      const summary = `${from} % to ${to} %, ${confirmationOf(after)}`;
      return conclude(store, scope, { summary, facts: { key, before, after } });
    },

    /**
     * Leaves the traffic where it stands for good, once it is live and nobody watches it any more. Where the router lends it
     * only, the lease ends; everywhere else there is nothing to do but to look.
     */
    async keepTraffic(scope: Scope, { percent, key }: { percent: number; key: string }): Promise<Finding> {
      await requireBegun(room, scope);
      const world = worlds(scope);
      const share = await readShare(world);
      if (standsAt(share, percent) && world.traffic.lease !== undefined) {
        requireLease();
        await world.traffic.set(percent, share, AbortSignal.timeout(SET_WITHIN));
      }
      const after = await readShare(world);
      const faults = standsAt(after, percent) ? [] : [`traffic stands at ${describeShare(after)}, not at ${percent} %`];
      return conclude(store, scope, { summary: `stays at ${percent} %`, facts: { key, share, after }, faults });
    },

    /**
     * The undo of every shift: wherever the share stands above its safe value, it goes there. One that somebody has put lower
     * stays: no way back leads to more traffic.
     */
    async trafficToSafe(scope: Scope, { percent, key }: { percent: number; key: string }): Promise<Finding> {
      requireKeyOf('traffic-to-safe', key);
      const world = worlds(scope);
      const [{ before, after }] = await Promise.all([lower(world, percent), keepStopped(store, scope)]);
      return concludeAnyway(store, scope, {
        summary: `${describeShare(before)} to ${describeShare(after)}, ${confirmationOf(after)}`,
        facts: { key, before, after },
      });
    },
  };
}

/** The gate behind which a move lies. One that the plan does not name, share after share, lies behind none. */
function permissionFor({ rollout: { safePercent, lowTraffic, ramp } }: Plan, from: number, to: number): Permission {
  const shares = [safePercent, lowTraffic.percent, ...ramp.map(({ percent }) => percent)];
  const place = shares.indexOf(to);
  if (place < 1 || shares[place - 1] !== from) {
    throw new Failure('NotApproved', `the plan does not move traffic from ${from} % to ${to} %`);
  }
  return { gate: place === 1 ? 'begin-traffic' : 'increase-traffic', isFirst: place <= 2 };
}

/** What an attempt before this one has asked the router for may still come to be: that is taken back, and not asked for anew. */
function orMayBeMoving(refusal: Failure): Failure {
  if (Context.current().info.attempt === 1) return refusal;
  return new Failure('EffectUnconfirmed', `it was asked for before, and is refused now: ${refusal.message}`);
}

async function refusalOf(requirement: Promise<void>): Promise<Failure | undefined> {
  try {
    await requirement;
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code === 'NotApproved') return error;
    throw error;
  }
}

/** Whoever moves a share by hand may be halfway while requests are counted, but never above what was asked for. */
function isWhereLeft(share: Share, from: number, to: number): boolean {
  return share.between === undefined ? standsAt(share, from) : !isAbove(share, Math.max(from, to));
}

function confirmationOf({ between }: Share): 'read back' | 'as the requests show' {
  return between === undefined ? 'read back' : 'as the requests show';
}

interface Setting {
  readonly expected: Share;
  /** Told for good by the port itself, and for a while by its lease. */
  readonly router: Pick<World['traffic'], 'set'>;
  /** Rejects with `NotApproved` when it must not be done any more. */
  readonly allowed: () => Promise<void>;
}

async function setAndReadBack(world: World, to: number, { expected, router, allowed }: Setting): Promise<Share> {
  const { state } = await actAndReadBack({
    act: async () => {
      await allowed();
      await router.set(to, expected, AbortSignal.timeout(SET_WITHIN));
    },
    read: () => readShare(world),
    isDone: (share) => standsAt(share, to),
    isUnattempted: (problem) => problem instanceof Failure || isTrafficProblem(problem, 'needs-hands'),
    unconfirmed: (share) => `${to} % was asked for, the share stands at ${describeShare(share)}`,
  });
  return state;
}

async function lower(world: World, percent: number): Promise<{ readonly before: Share; readonly after: Share }> {
  const { share: before, isInForce } = await readToldShare(world, percent);
  if (isInForce && isAtMost(before, percent)) return { before, after: before };
  // What was told and is not in force yet is told once more, or less: no way back leads to more traffic.
  return { before, after: await setToSafe(world, Math.min(percent, before.percent), before) };
}

/** On the way to safety somebody else's move is no reason to stop: the whole call is repeated from a fresh read. */
async function setToSafe(world: World, percent: number, before: Share): Promise<Share> {
  try {
    const allowed = () => Promise.resolve();
    return await setAndReadBack(world, percent, { expected: before, router: world.traffic, allowed });
  } catch (error) {
    if (isTrafficProblem(error, 'moved-by-somebody-else')) {
      throw new Failure('EffectUnconfirmed', 'the share was moved at the same moment');
    }
    throw error;
  }
}

function isTrafficProblem(error: unknown, problem: TrafficProblem): boolean {
  return error instanceof TrafficError && error.problem === problem;
}
