import type { WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES, type SearchAttribute } from '../../domain/search-attributes.ts';
import type { Server } from './server.ts';

/** A go-live as the server lists it, a moment behind what really is. Times are ISO 8601 in UTC. */
export interface ListedRun {
  readonly workflowId: string;
  readonly runId: string;
  /** As the run says it or, where it was ended from outside and could say no more, as the server does. */
  readonly state: string;
  readonly phase: string | null;
  readonly trafficPercent: number | null;
  readonly awaiting: readonly string[];
  readonly tenant: string | null;
  readonly environment: string | null;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

export interface ListWish {
  /** Also those that have ended. */
  readonly all: boolean;
  readonly most?: number;
}

const MOST = 1_000;
const PAGE = 100;

/** A guardian is one to look at, and to decide at, once it has taken over; before, it says nothing of itself. */
const GO_LIVES = '(WorkflowType = "goLive" OR (WorkflowType = "goLiveGuardian" AND GoLiveState IS NOT NULL))';

/** Go-lives, and guardians in their place, the newest first. */
export function listRuns(server: Server, { all, most = MOST }: ListWish): Promise<ListedRun[]> {
  const query = `${GO_LIVES}${all ? '' : ' AND ExecutionStatus = "Running"'}`;
  return server.call('the list of go-lives', async ({ workflow }) => {
    const runs: ListedRun[] = [];
    for await (const info of workflow.list({ query, pageSize: Math.min(most, PAGE) })) {
      if (runs.push(listed(info)) === most) break;
    }
    return runs;
  });
}

/** What only the server can say: a run that was ended like this had no time to say anything itself. */
const ENDED_FROM_OUTSIDE: Readonly<Record<string, string>> = { TERMINATED: 'terminated', TIMED_OUT: 'timed out' };

function listed({
  workflowId,
  runId,
  status,
  typedSearchAttributes,
  startTime,
  closeTime,
}: WorkflowExecutionInfo): ListedRun {
  const value = (name: SearchAttribute): unknown =>
    typedSearchAttributes.get(defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name]));
  const word = (name: SearchAttribute) => {
    const found = value(name);
    return typeof found === 'string' ? found : null;
  };
  const percent = value('GoLiveTrafficPercent');
  const awaiting = value('GoLiveAwaiting');
  return {
    workflowId,
    runId,
    state: ENDED_FROM_OUTSIDE[status.name] ?? word('GoLiveState') ?? status.name.toLowerCase(),
    phase: word('GoLivePhase'),
    trafficPercent: typeof percent === 'number' ? percent : null,
    awaiting: closeTime === undefined && Array.isArray(awaiting) ? awaiting.map(String) : [],
    tenant: word('GoLiveTenant'),
    environment: word('GoLiveEnvironment'),
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  };
}
