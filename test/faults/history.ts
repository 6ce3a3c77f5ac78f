import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/** What happened at one event of a Temporal history, as far as it matters here. `at` is epoch milliseconds. */
export type HistoryFact = { readonly id: number; readonly at: number } & (
  | { readonly what: 'scheduled'; readonly activity: string; readonly args: readonly unknown[] }
  /** Of several attempts only the last is in a history. */
  | { readonly what: 'started'; readonly scheduled: number; readonly attempt: number }
  | { readonly what: 'completed'; readonly scheduled: number; readonly result: unknown }
  | { readonly what: 'message'; readonly name: string; readonly body: unknown }
  | { readonly what: 'cancel-requested' }
  | { readonly what: 'task-completed' }
  | { readonly what: 'task-failed' }
  | { readonly what: 'ended'; readonly how: Ending; readonly type: string | null }
);

export type Ending = 'completed' | 'failed' | 'canceled' | 'terminated' | 'timed-out';

type RawHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type RawEvent = NonNullable<RawHistory['events']>[number];
/** What a fact tells, without when. */
export type Told = HistoryFact extends infer Fact
  ? Fact extends HistoryFact
    ? Omit<Fact, 'id' | 'at'>
    : never
  : never;

/** The history of a run so far, decoded. */
export async function historyOf(handle: WorkflowHandle): Promise<readonly HistoryFact[]> {
  return factsOf(await handle.fetchHistory());
}

/** One history after another one, as if they were one. */
export function followedBy(first: readonly HistoryFact[], second: readonly HistoryFact[]): readonly HistoryFact[] {
  const last = first.at(-1)?.id ?? 0;
  const later = second.map((fact) => {
    const id = fact.id + last;
    return 'scheduled' in fact ? { ...fact, id, scheduled: fact.scheduled + last } : { ...fact, id };
  });
  return [...first, ...later];
}

function factsOf({ events }: RawHistory): readonly HistoryFact[] {
  return (events ?? []).flatMap((event): HistoryFact[] => {
    const told = toldBy(event);
    const at = Number(event.eventTime?.seconds ?? 0) * 1000 + Math.floor((event.eventTime?.nanos ?? 0) / 1e6);
    return told === undefined ? [] : [{ id: Number(event.eventId), at, ...told }];
  });
}

function toldBy(event: RawEvent): Told | undefined {
  return (
    activityTold(event) ??
    (event.workflowTaskCompletedEventAttributes ? { what: 'task-completed' } : undefined) ??
    (event.workflowTaskFailedEventAttributes ? { what: 'task-failed' } : undefined) ??
    messageTold(event) ??
    endingTold(event)
  );
}

function activityTold(event: RawEvent): Told | undefined {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    return {
      what: 'scheduled',
      activity: scheduled.activityType?.name ?? '',
      args: decoded(scheduled.input?.payloads),
    };
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started)
    return { what: 'started', scheduled: Number(started.scheduledEventId), attempt: Number(started.attempt) };
  const completed = event.activityTaskCompletedEventAttributes;
  if (!completed) return undefined;
  const [result] = decoded(completed.result?.payloads);
  return { what: 'completed', scheduled: Number(completed.scheduledEventId), result };
}

function messageTold(event: RawEvent): Told | undefined {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) {
    const [body] = decoded(signal.input?.payloads);
    return { what: 'message', name: signal.signalName ?? '', body };
  }
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
  if (update) {
    const [body] = decoded(update.args?.payloads);
    return { what: 'message', name: update.name ?? '', body };
  }
  return event.workflowExecutionCancelRequestedEventAttributes ? { what: 'cancel-requested' } : undefined;
}

function endingTold(event: RawEvent): Told | undefined {
  const ended = (how: Ending, type: string | null = null): Told => ({ what: 'ended', how, type });
  if (event.workflowExecutionCompletedEventAttributes) return ended('completed');
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return ended('failed', failed.failure?.applicationFailureInfo?.type ?? null);
  if (event.workflowExecutionCanceledEventAttributes) return ended('canceled');
  if (event.workflowExecutionTerminatedEventAttributes) return ended('terminated');
  return event.workflowExecutionTimedOutEventAttributes ? ended('timed-out') : undefined;
}

/** A payload that nobody can read is itself a fact. */
function decoded(payloads: readonly Payload[] | null | undefined): unknown[] {
  return (payloads ?? []).map((payload): unknown => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return { undecodable: true };
    }
  });
}
