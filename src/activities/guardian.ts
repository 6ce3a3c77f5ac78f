import { setTimeout as delay } from 'node:timers/promises';
import { Context, getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { guardianIdOf } from '../domain/ids.ts';
import { noticeOfLoss, type LostRun, type Notice } from '../domain/notices.ts';
import type { Finding } from '../domain/verdict.ts';
import { isJournalClosed } from '../evidence/journal.ts';
import { ENVELOPE, MANIFEST } from '../evidence/layout.ts';
import { Failure } from './failures.ts';
import { unlessStoreFails } from './findings.ts';
import { Lease, underLease } from './lease.ts';
import type { Alarm } from './paging.ts';
import type { Room } from './room.ts';
import { inherit, keepStopped, readBegun } from './standing.ts';
import { lossIn, NOT_STUCK, stuckAfter, vitalSignsOf, type Loss, type Stuck, type VitalSigns } from './vital-signs.ts';
import type { Scope } from './world.ts';

/** The go-live that a guardian watches over. */
export interface Ward {
  /** Workflow id. */
  readonly golive: string;
  readonly runId: string;
  /** Id of the first run, which a reset keeps. */
  readonly chain: string;
}

/** What makes the platform safe, whoever is gone: the keys of the go-live's own rollback, its safe share, and the bound of a halt; and what people are to know. */
export interface Rescue {
  readonly haltKey: string;
  readonly shareKey: string;
  /** Percent. */
  readonly safePercent: number;
  /** Milliseconds from the halt until a probe is denied. */
  readonly within: number;
  readonly release: string;
  readonly rehearsal: boolean;
}

/** How a watch over a go-live ended. */
export type Sight =
  | { readonly kind: 'ended' }
  /** The outcome was decided and the seal broke off. */
  | { readonly kind: 'unsealed'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string; readonly trafficMoved: TrafficMoved };

/** Whether a lost run has moved traffic; where nobody can say it is taken for moved, and drills for not yet over. */
type TrafficMoved = 'yes' | 'no' | 'unknown';

/** The two changes that stop the harm; the same as in every rollback. */
interface Brakes {
  readonly switchOn: (scope: Scope, request: { key: string; reason: string; within: number }) => Promise<Finding>;
  readonly trafficToSafe: (scope: Scope, request: { key: string; percent: number }) => Promise<Finding>;
}

const LOOK_EVERY = 5_000;
const STILL_HERE = 4_000;
const ANSWER_WITHIN = 4_000;
/** What cannot be done by then is left to the rollback of the guardian, which pages and never gives up. */
const TRY_FOR = 60_000;
const AGAIN = 1_000;
/** Whoever has to brake waits for no store. */
const STORE_WITHIN = 10_000;
/** From the look on. Whoever slept for longer must not halt a platform that another guardian has long released. */
const BRAKES_WITHIN = TRY_FOR + 15_000;

/** What a guardian makes a platform safe with, how it tells people so, and by what it knows a sealed bundle. */
interface Means {
  readonly brakes: Brakes;
  readonly alarm: Alarm;
  /** Whether bundles are signed here: the seal is what is made last of one. */
  readonly isSigned: boolean;
  /** Milliseconds after which a store that hangs, as a network disk does, is taken for one that does not answer. */
  readonly storeWithin?: number;
}

export function guardianActivities({ store }: Room, means: Means) {
  const {
    brakes: { switchOn, trafficToSafe },
    alarm,
    isSigned,
    storeWithin = STORE_WITHIN,
  } = means;
  const inTime = <T>(answer: Promise<T>) => unlessStoreFails(answer, storeWithin);
  return {
    /**
     * Watches over a go-live until it has ended, or is lost: terminated, deleted, timed out, reset, or stuck with traffic under
     * way. One that is lost is replaced here and now, without any workflow, because what has wedged one may wedge them all: the
     * tenant is halted, traffic goes to its safe share, and what is left of the run is terminated.
     */
    async watchOver(scope: Scope, ward: Ward, rescue: Rescue): Promise<Sight> {
      const context = Context.current();
      let stuck = (context.info.heartbeatDetails as Stuck | undefined) ?? NOT_STUCK;
      const beating = setInterval(() => context.heartbeat(stuck), STILL_HERE);
      try {
        for (;;) {
          // From before the look on: what was lost then may long have been saved by another guardian when a sleeper wakes up.
          const lease = new Lease(BRAKES_WITHIN);
          const look = await lookAfter(ward);
          stuck = stuckAfter(stuck, look, LOOK_EVERY);
          context.heartbeat(stuck);
          const loss = lossIn(look, stuck);
          const sight = await underLease(lease, () => sightOf(scope, ward, rescue, loss));
          if (sight !== undefined) return sight;
          await context.sleep(LOOK_EVERY);
        }
      } finally {
        clearInterval(beating);
      }
    },

    /** Whether the evidence of a run is sealed: nothing of it is left to guard. */
    isSealed,

    /**
     * Lets a guardian take back what its ward has begun. What is under way, or has ended by itself, cannot be taken over.
     * @throws {Failure} `NotApproved`
     */
    async inheritBegun(scope: Scope, ward: Ward): Promise<void> {
      if (await isJournalClosed(store, scope.folder)) {
        throw new Failure('NotApproved', 'the go-live has ended, and nobody takes anything of it back');
      }
      await inherit(store, scope, ward.runId);
    },

    /** The workflow id of the go-live of this tenant and environment that is under way; `null` where nobody can say. */
    async whoHolds({ tenant, environment }: Scope): Promise<string | null> {
      const { memo } = await getClient().workflow.getHandle(guardianIdOf(tenant, environment)).describe();
      const holder = memo?.['golive'];
      return typeof holder === 'string' ? holder : null;
    },
  };

  function isSealed({ folder }: Scope): Promise<boolean> {
    return store.exists(`${folder}/${isSigned ? ENVELOPE : MANIFEST}`);
  }

  async function sightOf(scope: Scope, ward: Ward, rescue: Rescue, loss: Loss | undefined): Promise<Sight | undefined> {
    if (loss === undefined) return undefined;
    if (loss.kind === 'stuck') {
      // What is stuck before traffic, or once its outcome is decided, harms nobody, and goes on as soon as somebody has mended it.
      const isHarmless = (await isDecided(scope)) || (await trafficOf(scope, ward)) === 'no';
      return isHarmless ? undefined : lost(scope, ward, rescue, loss);
    }
    return (await decidedSight(scope, ward, loss)) ?? lost(scope, ward, rescue, loss);
  }

  async function isDecided({ folder }: Scope): Promise<boolean> {
    return (await inTime(isJournalClosed(store, folder))) ?? false;
  }

  /** A run that says of itself that it has ended has sealed its evidence; of every other the evidence must say so. */
  async function decidedSight(scope: Scope, { golive }: Ward, { kind, why }: Loss): Promise<Sight | undefined> {
    const isOver = await inTime(isSealed(scope));
    if (isOver === true) return { kind: 'ended' };
    const isClosed = isOver === undefined ? undefined : await inTime(isJournalClosed(store, scope.folder));
    if (isClosed === undefined) return kind === 'unsealed' ? { kind: 'ended' } : undefined;
    return isClosed ? { kind: 'unsealed', why: `${golive} ${why}` } : undefined;
  }

  /** The mark comes before the look at what was begun, and every move the other way round: so none slips through between them. */
  async function lost(scope: Scope, ward: Ward, rescue: Rescue, { why }: Loss): Promise<Sight> {
    await keepStopped(store, scope, ward.runId);
    const trafficMoved = await trafficOf(scope, ward);
    const trafficMayHaveMoved = trafficMoved !== 'no';
    const reason = `${ward.golive} ${why}`;
    const notice = lossOf(scope, rescue, { why: reason, trafficMayHaveMoved });
    await Promise.all([alarm(notice), trafficMayHaveMoved ? brake(scope, rescue, reason) : undefined]);
    await putToRest(ward, reason);
    return { kind: 'lost', why: reason, trafficMoved };
  }

  async function trafficOf(scope: Scope, { runId }: Ward): Promise<TrafficMoved> {
    const read = await inTime(readBegun(store, scope, runId).then((begun) => ({ begun })));
    if (read === undefined) return 'unknown';
    if (read.begun === undefined) return 'no';
    if (read.begun.folder === scope.folder) return 'yes';
    throw new Failure('NotApproved', 'the evidence of this run lies elsewhere');
  }

  async function brake(scope: Scope, rescue: Rescue, reason: string): Promise<void> {
    const { haltKey, shareKey, safePercent, within } = rescue;
    await Promise.all([
      untilDone(async () => isPass(await switchOn(scope, { key: haltKey, reason, within }))),
      untilDone(async () => isPass(await trafficToSafe(scope, { key: shareKey, percent: safePercent }))),
    ]);
  }
}

function lossOf(
  { tenant, environment }: Scope,
  { release, rehearsal }: Rescue,
  lost: Pick<LostRun, 'why' | 'trafficMayHaveMoved'>,
): Notice {
  const guardian = guardianIdOf(tenant, environment);
  return noticeOfLoss({ guardian, tenant, environment, release, rehearsal, ...lost });
}

async function lookAfter({ golive, runId }: Ward): Promise<VitalSigns> {
  try {
    const client = getClient();
    const { status, historyLength, raw } = await client.withDeadline(Date.now() + ANSWER_WITHIN, () =>
      client.workflow.getHandle(golive, runId).describe(),
    );
    return vitalSignsOf(status.name, { task: taskIn(raw.pendingWorkflowTask), events: historyLength });
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? { kind: 'destroyed', how: 'was deleted' } : { kind: 'no-answer' };
  }
}

function taskIn(pending: { readonly attempt?: number | null } | null | undefined) {
  if (pending === null || pending === undefined) return 'none';
  return (pending.attempt ?? 1) > 1 ? 'repeated' : 'waiting';
}

const isPass = ({ verdict }: Finding): boolean => verdict === 'pass';

/** Two must not drive: what a reset has made of the run, or what is stuck and may yet wake up, is terminated. */
async function putToRest({ golive, chain }: Ward, reason: string): Promise<void> {
  const client = getClient();
  const handle = client.workflow.getHandle(golive, undefined, { firstExecutionRunId: chain });
  await untilDone(async () => {
    const terminate = () => handle.terminate(`its guardian has taken over: ${reason}`);
    return client.withDeadline(Date.now() + ANSWER_WITHIN, terminate).then(
      () => true,
      (error: unknown) => error instanceof WorkflowNotFoundError,
    );
  });
}

/** Repeats an act until it is done, for a bounded time: what fails here is done again by the rollback, or refused to whom it would help. */
async function untilDone(act: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + TRY_FOR; performance.now() < end; await delay(AGAIN)) {
    if (await act().catch(() => false)) return;
  }
}
