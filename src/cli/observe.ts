import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import type { Progress } from '../domain/run.ts';
import { jsonIn } from './run/payload.ts';
import type { Figures } from './screen/view.ts';

/** One look at a run. */
export interface Look {
  /** Undefined when the run could not be asked just now. */
  readonly progress: Progress | undefined;
  readonly figures: Figures | null;
  /** Temporal holds the run as ended. */
  readonly closed: boolean;
  /** Epoch milliseconds by the server's clock; null as long as they are not known. */
  readonly startedAt: number | null;
  readonly closedAt: number | null;
}

const ANSWER_WITHIN_MS = 3_000;
const WATCH = 'watchWindow';

const measured = z.number().nullable();
const heartbeat = z.object({
  figures: z.object({
    requests: z.number(),
    errorShare: measured,
    allowShare: measured,
    p50: measured,
    p95: measured,
    p99: measured,
    problem: z.string().nullable(),
  }),
});

/** Looks at a run. A worker or server that does not answer is a look without news, not an error. */
export async function lookAt(handle: WorkflowHandle): Promise<Look> {
  const within = <T>(act: () => Promise<T>) =>
    handle.client.withDeadline(Date.now() + ANSWER_WITHIN_MS, act).catch(() => undefined);
  // In this order: what is asked after the run has closed shows how it ended.
  const description = await within(() => handle.describe());
  const progress = await within(() => handle.query<Progress>('progress'));
  return {
    progress,
    figures: description ? figuresIn(description.raw.pendingActivities ?? []) : null,
    closed: description !== undefined && description.status.name !== 'RUNNING',
    startedAt: description?.startTime.getTime() ?? null,
    closedAt: description?.closeTime?.getTime() ?? null,
  };
}

type Description = Awaited<ReturnType<WorkflowHandle['describe']>>;
type PendingActivity = NonNullable<Description['raw']['pendingActivities']>[number];

/** The figures that the running watch sent with its last heartbeat; of two watches that overlap, the later one's. */
function figuresIn(activities: readonly PendingActivity[]): Figures | null {
  const all = activities.flatMap(({ activityType, heartbeatDetails, lastHeartbeatTime }) => {
    if (activityType?.name !== WATCH) return [];
    const details = heartbeat.safeParse(jsonIn(heartbeatDetails?.payloads?.[0]));
    if (!details.success) return [];
    const at = Number(lastHeartbeatTime?.seconds ?? 0) * 1000 + (lastHeartbeatTime?.nanos ?? 0) / 1e6;
    return [{ at, ...details.data.figures }];
  });
  return all.toSorted((one, other) => other.at - one.at)[0] ?? null;
}
