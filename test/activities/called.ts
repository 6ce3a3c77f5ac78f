import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Activities } from '../../src/activities/index.ts';

type AnyCall = (...args: never[]) => Promise<unknown>;

/** The run on whose behalf calls are made that nobody makes on behalf of another. */
export const THIS_RUN = {
  workflowId: 'golive/tenant_acme_prod/production',
  runId: '01900000-0000-7000-8000-c0ffee000001',
};

/** The same activities, each called as Temporal calls it: on behalf of a run. Where a test says of which, that stays. */
export function calledByRun<Some extends Partial<Activities>>(activities: Some): Some {
  const wrapped = Object.entries(activities).map(([name, call]: [string, AnyCall]) => [
    name,
    (...args: never[]) =>
      isCalled() ? call(...args) : new MockActivityEnvironment({ workflowExecution: THIS_RUN }).run(call, ...args),
  ]);
  return Object.fromEntries(wrapped) as Some;
}

/** What is done on behalf of that run. */
export function inRun<T>(act: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment({ workflowExecution: THIS_RUN }).run(act);
}

function isCalled(): boolean {
  try {
    return Boolean(Context.current());
  } catch {
    return false;
  }
}
