import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

/** Names the stage, then the purpose; of a longer one the timeline of the Temporal UI shows the beginning only. */
export const GOOD_LABEL = /^(?=.{3,120}$)[a-z0-9 -]+: \S/;

/** The label of every call and every timer of a history, as the Temporal UI shows it; '' for one without. */
export function labelsIn({ events }: History): string[] {
  return (events ?? []).filter(isCallOrTimer).map(labelOf);
}

function isCallOrTimer({ activityTaskScheduledEventAttributes, timerStartedEventAttributes }: HistoryEvent): boolean {
  return Boolean(activityTaskScheduledEventAttributes ?? timerStartedEventAttributes);
}

function labelOf({ userMetadata }: HistoryEvent): string {
  const summary = userMetadata?.summary;
  return summary ? defaultPayloadConverter.fromPayload<string>(summary) : '';
}
