import { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { evidenceFolder } from '../domain/ids.ts';
import type { Progress } from '../domain/run.ts';
import type { HistoryExport } from '../evidence/exports.ts';
import { redactedPayloads } from '../evidence/payloads.ts';
import { Failure } from './failures.ts';
import { isWorthRepeating } from './patience.ts';
import type { Scope } from './world.ts';

const history = z.object({ events: z.array(z.record(z.string(), z.unknown())).min(1) });
const firstEvent = z.object({
  workflowExecutionStartedEventAttributes: z.object({
    firstExecutionRunId: z.string(),
    originalExecutionRunId: z.string(),
  }),
});

/** Of the answers of the server: what was deleted, or kept no longer than it had to be. */
const NOT_FOUND = 5;

/**
 * Temporal's history of the run whose evidence lies in this folder, up to now. What Temporal does not have any more, or
 * could not give for ten minutes, is absent with the reason.
 */
export async function exportHistory(scope: Scope, { golive, release }: Progress): Promise<HistoryExport> {
  const { client } = Context.current();
  try {
    const read = history.parse(JSON.parse(historyToJSON(await client.workflow.getHandle(golive).fetchHistory())));
    const started = firstEvent.safeParse(read.events[0]).data?.workflowExecutionStartedEventAttributes;
    if (started === undefined) return { status: 'absent', why: 'the history does not begin with its start' };
    const { tenant, environment, folder } = scope;
    if (evidenceFolder(tenant, environment, release ?? '', started.firstExecutionRunId) !== folder)
      return { status: 'absent', why: `Temporal has another run under the id ${golive} by now` };
    const { value: events, redacted } = redactedPayloads(read.events);
    return { status: 'exported', workflowId: golive, runId: started.originalExecutionRunId, redacted, events };
  } catch (error) {
    if (isGone(error)) return { status: 'absent', why: 'Temporal does not have it any more' };
    if (isWorthRepeating()) throw new Failure('EvidenceUnavailable', 'the history of the run could not be read');
    return { status: 'absent', why: 'the history of the run could not be read' };
  }
}

/** The client hands this error on as the server gave it. */
function isGone(error: unknown): boolean {
  return isGrpcServiceError(error) && Number(error.code) === NOT_FOUND;
}
