import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';

const BEAT_EVERY = 4_000;
/** These carry in their heartbeats where another worker goes on, which must not be written over. */
const SPEAK_FOR_THEMSELVES: readonly string[] = ['watchWindow', 'watchOver'] satisfies (keyof Activities)[];

/**
 * Says every few seconds that a call is being worked on. Without that a worker that died in the middle of a drill, with the
 * tenant halted, would be noticed only when the time of the call is up.
 */
export function stillAlive(context: Context): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        const { activityType, heartbeatTimeoutMs } = context.info;
        if (SPEAK_FOR_THEMSELVES.includes(activityType) || heartbeatTimeoutMs === undefined) return next(input);
        const beat = setInterval(() => context.heartbeat(), BEAT_EVERY);
        try {
          return await next(input);
        } finally {
          clearInterval(beat);
        }
      },
    },
  };
}
