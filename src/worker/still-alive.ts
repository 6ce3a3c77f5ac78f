import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import { Lease, underLease } from '../activities/lease.ts';

const BEAT_EVERY = 4_000;
/** These carry in their heartbeats where another worker goes on, which must not be written over. */
const SPEAK_FOR_THEMSELVES: readonly string[] = ['watchWindow', 'watchOver'] satisfies (keyof Activities)[];

/**
 * Says every few seconds that a call is being worked on. Without that a worker that died in the middle of a drill, with the
 * tenant halted, would be noticed only when the time of the call is up. Whoever could not say so in time, or
 * is told that the server has given the call up, changes nothing more.
 */
export function stillAlive(context: Context): ActivityInterceptors {
  const { activityType, heartbeatTimeoutMs } = context.info;
  return {
    inbound: {
      async execute(input, next) {
        if (SPEAK_FOR_THEMSELVES.includes(activityType) || heartbeatTimeoutMs === undefined) return next(input);
        // Ends before the server's own patience does: a beat takes its time to get there.
        const lease = new Lease(heartbeatTimeoutMs - BEAT_EVERY);
        const beat = setInterval(() => {
          context.heartbeat();
          const { notFound, timedOut } = context.cancellationDetails ?? {};
          if (!notFound && !timedOut) lease.renew();
        }, BEAT_EVERY);
        try {
          return await underLease(lease, () => next(input));
        } finally {
          clearInterval(beat);
        }
      },
    },
  };
}
