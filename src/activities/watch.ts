import { CancelledFailure, Context } from '@temporalio/activity';
import type { Limits } from '../domain/plan-schema.ts';
import type { WatchFigures } from '../domain/run.ts';
import type { Finding } from '../domain/verdict.ts';
import { NO_RECORDING, type Recording } from '../metrics/recording.ts';
import type { Watched } from '../metrics/watched.ts';
import { conclude, concludeAnyway, unlessStoreFails } from './findings.ts';
import { Lease, requireLease, underLease } from './lease.ts';
import { lookAt } from './look.ts';
import { Recorder } from './recorder.ts';
import type { Room } from './room.ts';
import { standingOf } from './standing.ts';
import { TrafficRenewal } from './traffic-lease.ts';
import { Watcher, type WatchEnd } from './watcher.ts';
import type { Scope } from './world.ts';

/** A stretch of a window. Times are epoch milliseconds by Temporal's clock, durations milliseconds. */
export interface WindowRequest {
  /** A soak judges the traffic at a share; a guard passes nothing, and also reports at once when the share is another one. */
  readonly purpose: 'soak' | 'guard';
  readonly from: number;
  readonly until: number;
  /** The length that was planned for the whole window. */
  readonly length: number;
  /** The share at which the traffic is known to stand, in percent. */
  readonly percent: number;
  readonly limits: Limits;
  readonly sampleEvery: number;
  /** The how-manieth window of this run it is, from 1: the budget for false alarms is spent by it. */
  readonly ordinal: number;
  /** What stretches before this one saw. */
  readonly carry: WatchCarry | null;
}

/** All that a watch knows, so that it can go on anywhere. */
export interface WatchCarry {
  readonly watched: Watched;
  readonly recording: Recording;
}

/**
 * What a stretch could see: something; nothing before it was over, which says nothing of how long that has lasted; or nothing for
 * so long that it ended early, because somebody must know.
 */
export type Visibility = 'seen' | 'unseen' | 'blind';

export interface WindowReport {
  /** A breach is `fail`, and is reported at once. */
  readonly finding: Finding;
  /** Milliseconds of observation that would be needed yet. */
  readonly missing: number;
  readonly carry: WatchCarry;
  readonly visibility: Visibility;
  /** The share that the router named last, in percent; `null` when it never did. */
  readonly share: number | null;
  /** The router was reloaded or restarted while it was watched, and stands elsewhere since. */
  readonly forgotten: boolean;
}

/** What a heartbeat carries: enough for another worker to go on, and for a person to see how it stands. */
export interface WatchHeartbeat extends WatchCarry {
  readonly purpose: WindowRequest['purpose'];
  readonly figures: WatchFigures;
}

/** A plan may sample more rarely, and the store may answer later, than a lost worker must be noticed. */
const STILL_HERE = 2_000;

export function watchActivities({ worlds, store }: Room) {
  /**
   * A breach is reported whatever the store says, and so is what passes nothing and must be known at once; everything else only
   * with its evidence.
   */
  async function conclusion(scope: Scope, watcher: Watcher, recorder: Recorder, end: WatchEnd) {
    if (end.kind === 'breach') {
      const facts = { ...watcher.facts(), samples: recorder.recording };
      const finding = await concludeAnyway(store, scope, { summary: end.what, facts, faults: [end.what] });
      return { finding, missing: 0 };
    }
    const { summary, verdict, reasons, missing } = watcher.judge();
    const isUrgent = end.kind === 'blind' || end.kind === 'moved';
    const kept = recorder.flush();
    const samples = isUrgent ? ((await unlessStoreFails(kept)) ?? recorder.recording) : await kept;
    const facts = { ...watcher.facts(), samples };
    const unseen = end.kind === 'blind' ? [`the traffic cannot be seen: ${watcher.problem ?? 'no answer'}`] : [];
    const doubts = [...unseen, ...reasons, ...doubtsAbout(samples)];
    const why = verdict === 'fail' ? { faults: reasons } : { doubts };
    const finding = await (isUrgent ? concludeAnyway : conclude)(store, scope, { summary, facts, ...why });
    return { finding, missing };
  }

  return {
    /**
     * Watches a stretch of a window: samples, heartbeats at once and with every sample, and goes on from the last heartbeat
     * where another worker broke off. A sample that fails leaves a gap and nothing else. Returns at once on a breach and, when
     * it is relieved, with what it knows.
     */
    async watchWindow(scope: Scope, request: WindowRequest): Promise<WindowReport> {
      const context = Context.current();
      const { cancellationSignal: signal } = context;
      const before = (context.info.heartbeatDetails as WatchHeartbeat | undefined) ?? request.carry;
      const recorder = new Recorder(store, scope.folder, before?.recording ?? NO_RECORDING);
      const watcher = new Watcher(request, recorder, before?.watched ?? null);
      const world = worlds(scope);
      const lease = new Lease(context.info.heartbeatTimeoutMs ?? Infinity);
      const mayRenew = async () => {
        const isMoving = (await unlessStoreFails(standingOf(store, scope))) === 'moving';
        // Whoever slept meanwhile would lend once more what has long been left for good.
        requireLease();
        return isMoving;
      };
      const renewal = new TrafficRenewal(world.traffic, request.percent, mayRenew);
      const look = async () => {
        const seen = await lookAt(world, signal);
        if (request.purpose === 'guard') await renewal.renew(seen.share);
        return seen;
      };
      const heartbeat = () => context.heartbeat(watcher.heartbeat);
      const beating = setInterval(() => {
        heartbeat();
        lease.renew();
      }, STILL_HERE);
      const watched = async (): Promise<WindowReport> => {
        const end = await watcher.run({ look, heartbeat, signal });
        // A worker that stops is not relieved: somebody else has to go on.
        const isAbandoned = end.kind === 'relieved' && !context.cancellationDetails?.cancelRequested;
        if (isAbandoned) throw new CancelledFailure('handed over');
        const { finding, missing } = await conclusion(scope, watcher, recorder, end);
        const carry = { watched: watcher.watched, recording: recorder.recording };
        const { share, isForgotten: forgotten } = watcher;
        const visibility = end.kind === 'blind' ? 'blind' : watcher.visibility;
        return { finding, missing, carry, visibility, share, forgotten };
      };
      try {
        return await underLease(lease, watched);
      } finally {
        clearInterval(beating);
      }
    },
  };
}

function doubtsAbout({ lost }: Recording): string[] {
  return lost === 0 ? [] : [`${lost} samples could not be kept as evidence`];
}
