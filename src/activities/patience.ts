import { Context } from '@temporalio/activity';

/** For this long others are asked again; afterwards the evidence says that they could not be had. */
const PATIENCE_MS = 10 * 60_000;

/** Whether it is worth failing this attempt, so that Temporal repeats the call later. Counted from its first attempt. */
export function isWorthRepeating(): boolean {
  return Date.now() - Context.current().info.scheduledTimestampMs < PATIENCE_MS;
}
