import type { WorkflowHandle } from '@temporalio/client';

/** The history of one run, as the server answers it. */
export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

/** What of a history is compared: commands that were scheduled, messages that came in. Times in milliseconds. */
export type Happening =
  | {
      readonly kind: 'activity';
      readonly id: number;
      readonly task: number;
      readonly at: number;
      readonly type: string;
    }
  | {
      readonly kind: 'timer';
      readonly id: number;
      readonly task: number;
      readonly length: number;
      readonly fired: boolean;
    }
  | { readonly kind: 'message'; readonly id: number; readonly at: number; readonly name: string };

/** Activities, timers and messages in the order of the history; `task` is the workflow task that scheduled them. */
export function happeningsOf({ events }: History): Happening[] {
  const all = events ?? [];
  const times = new Map(all.map((event) => [numberOf(event.eventId), timeOf(event)]));
  const fired = new Set(all.map((event) => numberOf(event.timerFiredEventAttributes?.startedEventId)));
  return all.flatMap((event) => {
    const happening = happeningOf(event, times, fired);
    return happening === undefined ? [] : [happening];
  });
}

function happeningOf(event: HistoryEvent, times: Map<number, number>, fired: Set<number>): Happening | undefined {
  const id = numberOf(event.eventId);
  const at = timeOf(event);
  const {
    activityTaskScheduledEventAttributes: activity,
    timerStartedEventAttributes: timer,
    workflowExecutionSignaledEventAttributes: signal,
    workflowExecutionUpdateAcceptedEventAttributes: update,
  } = event;
  if (activity) {
    const task = numberOf(activity.workflowTaskCompletedEventId);
    return { kind: 'activity', id, task, at, type: activity.activityType?.name ?? '' };
  }
  if (timer) {
    const task = numberOf(timer.workflowTaskCompletedEventId);
    return { kind: 'timer', id, task, length: milliseconds(timer.startToFireTimeout), fired: fired.has(id) };
  }
  if (signal) return { kind: 'message', id, at, name: signal.signalName ?? '' };
  if (update) {
    // It is written down only once the workflow has accepted it; the task that delivered it was scheduled when it came.
    const arrived = times.get(numberOf(update.acceptedRequestSequencingEventId)) ?? at;
    return { kind: 'message', id, at: arrived, name: update.acceptedRequest?.input?.name ?? '' };
  }
  return undefined;
}

type Moment = HistoryEvent['eventTime'];
const timeOf = (event: HistoryEvent) => milliseconds(event.eventTime);
const milliseconds = (moment: Moment) => numberOf(moment?.seconds) * 1000 + (moment?.nanos ?? 0) / 1e6;
const numberOf = (long: HistoryEvent['eventId']) => (long ? long.toNumber() : 0);
