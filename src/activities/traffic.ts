import type { GateId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { TrafficError, type Share } from '../traffic/port.ts';
import { requireQuorum } from './authority.ts';
import { Failure } from './failures.ts';
import { conclude, concludeAnyway } from './findings.ts';
import { actAndReadBack } from './mutations.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

const DEADLINE = 10_000;

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
      await requireQuorum(room, scope, (plan) => gateFor(plan, to), approvedBy);
      const world = worlds(scope);
      const before = await readShare(world);
      if (before.percent !== to && before.percent !== from) {
        throw new Failure('TrafficMoved', `the share stands at ${before.percent} %, we left it at ${from} %`);
      }
      const after = before.percent === to ? before : await setAndReadBack(world, to, before);
      return conclude(store, scope, { summary: `${from} % to ${to} %, read back`, facts: { key, before, after } });
    },

    /** The undo of every shift: wherever the share stands, it goes to its safe value. */
    async trafficToSafe(scope: Scope, { percent, key }: { percent: number; key: string }): Promise<Finding> {
      const world = worlds(scope);
      const before = await readShare(world);
      const after = before.percent === percent ? before : await setToSafe(world, percent, before);
      return concludeAnyway(store, scope, {
        summary: `${before.percent} % to ${percent} %, read back`,
        facts: { key, before, after },
      });
    },
  };
}

/** The gate behind which a share lies. One that the plan does not name lies behind none. */
function gateFor({ rollout }: Plan, percent: number): GateId {
  if (percent === rollout.lowTraffic.percent) return 'begin-traffic';
  if (rollout.ramp.some((stage) => stage.percent === percent)) return 'increase-traffic';
  throw new Failure('NotApproved', `the plan does not send ${percent} % of the traffic`);
}

export function readShare({ traffic }: World): Promise<Share> {
  return traffic.read(AbortSignal.timeout(DEADLINE));
}

async function setAndReadBack(world: World, to: number, expected: Share): Promise<Share> {
  const { state } = await actAndReadBack({
    act: () => world.traffic.set(to, expected, AbortSignal.timeout(DEADLINE)),
    read: () => readShare(world),
    isDone: ({ percent }) => percent === to,
    unconfirmed: ({ percent }) => `${to} % was asked for, the share stands at ${percent} %`,
  });
  return state;
}

/** On the way to safety somebody else's move is no reason to stop: the whole call is repeated from a fresh read. */
async function setToSafe(world: World, percent: number, before: Share): Promise<Share> {
  try {
    return await setAndReadBack(world, percent, before);
  } catch (error) {
    if (error instanceof TrafficError && error.problem === 'moved-by-somebody-else') {
      throw new Failure('EffectUnconfirmed', 'the share was moved at the same moment');
    }
    throw error;
  }
}
