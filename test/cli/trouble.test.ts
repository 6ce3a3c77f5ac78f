import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { expect, it } from 'vitest';
import { troubleOf } from '../../src/cli/run/trouble.ts';

const PLACE = { address: '127.0.0.1:7233', namespace: 'prod' };
const rpc = (code: number, details: string) =>
  new ServiceError('Failed to query Workflow', {
    cause: Object.assign(new Error(details), { code, details, metadata: {} }),
  });

it.each([
  [new NamespaceNotFoundError('prod'), 1, 'has no namespace prod: set TEMPORAL_NAMESPACE'],
  [new WorkflowNotFoundError('workflow not found for ID: g', 'g', undefined), 3, 'There is no g in the namespace prod'],
  [new WorkflowNotFoundError('workflow execution already completed', 'g', undefined), 3, 'g has ended'],
  [
    new WorkflowExecutionAlreadyStartedError('Workflow execution already started', 'g', 'goLive'),
    3,
    'g is open already',
  ],
  [new QueryNotRegisteredError('Workflow did not register a handler for progress', 3), 1, 'it is no go-live'],
  [
    new WorkflowUpdateRPCTimeoutOrCancelledError('Deadline exceeded after 3.000s,remote_addr=127.0.0.1:7233'),
    6,
    'did not answer',
  ],
  [rpc(4, 'Deadline exceeded after 3.001s,LB pick: 0.001s'), 6, 'did not answer'],
  [rpc(7, 'Request unauthorized.'), 1, 'does not let you into the namespace prod'],
  [rpc(16, 'token is expired'), 1, 'TEMPORAL_API_KEY'],
  [
    rpc(3, 'invalid query: unable to convert filter: invalid search attribute: GoLiveState'),
    1,
    'start a worker once, which says what to register',
  ],
  [rpc(3, 'WorkflowId length exceeds limit.'), 1, 'refused what it was asked of g: WorkflowId length exceeds limit.'],
  [rpc(14, 'No connection established. Last error: connect ECONNREFUSED'), 6, 'try again in a moment'],
  [new TypeError('fetch failed'), 6, 'try again in a moment'],
])('%s is told in words that say what to do: exit code %i', (error, exitCode, words) => {
  const trouble = troubleOf(error, PLACE, 'g');
  expect(trouble.exitCode).toBe(exitCode);
  expect(trouble.message).toContain(words);
  expect(trouble.message).not.toMatch(/gRPC|RPC|Deadline|LB pick|ECONN|unauthorized|Error/);
});
