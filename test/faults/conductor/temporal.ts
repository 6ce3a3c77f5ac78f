/** What the workflows use of `@temporalio/workflow`, in a {@link Universe} instead of a server: a whole go-live in milliseconds. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState, TemporalFailure } from '@temporalio/common';
import { CancellationScope, here } from './virtual-time.ts';

export { ActivityFailure, ApplicationFailure, CancelledFailure, CancellationScope, TemporalFailure };

export const isCancellation = (error: unknown): boolean =>
  error instanceof CancelledFailure || (error instanceof ActivityFailure && isCancellation(error.cause));

export const RUN_ID = '019abcde-0000-7000-8000-c0ffee000000';

export const workflowInfo = () => ({
  workflowId: 'golive/tenant_acme_prod/production',
  firstExecutionRunId: RUN_ID,
  runId: RUN_ID,
  historyLength: 0,
});
export const uuid4 = () => `nonce-${here().nextOrder()}`;
export const setCurrentDetails = () => undefined;
export const upsertSearchAttributes = () => undefined;

type Definition = { readonly type: 'signal' | 'update' | 'query'; readonly name: string };
export const defineSignal = (name: string): Definition => ({ type: 'signal', name });
export const defineUpdate = (name: string): Definition => ({ type: 'update', name });
export const defineQuery = (name: string): Definition => ({ type: 'query', name });
export function setHandler({ type, name }: Definition, handler: (...args: unknown[]) => unknown): void {
  here().handlers.set(`${type} ${name}`, handler);
}
export const ParentClosePolicy = { ABANDON: 'ABANDON' } as const;
export const ChildWorkflowCancellationType = { ABANDON: 'ABANDON' } as const;

/** A guardian that sees nothing amiss and goes when it is told to: of two workflows only one is played here. */
export async function startChild(): Promise<{ signal: () => Promise<void>; result: () => Promise<void> }> {
  let relieve = (): void => undefined;
  const relieved = new Promise<void>((resolve) => (relieve = resolve));
  return { signal: async () => relieve(), result: () => relieved };
}

/** Handlers answer at once where nobody signs. */
export const allHandlersFinished = () => true;

export async function sleep(milliseconds: number): Promise<void> {
  await cancellable<void>((resolve) => here().alarm(milliseconds, () => resolve()));
}

export async function condition(isSo: () => boolean, timeout?: number): Promise<boolean | void> {
  if (isSo()) return true;
  let ring: () => void = () => undefined;
  try {
    return await cancellable((resolve) => {
      let isLate = false;
      const forget = here().wait({ isSo: () => isSo() && !isLate, resolve: () => resolve(true) });
      const late = () => {
        isLate = true;
        forget();
        resolve(false);
      };
      ring = timeout === undefined ? ring : here().alarm(timeout, late);
      return forget;
    });
  } finally {
    ring();
  }
}

/** Waits until it is resolved or the scope is cancelled; `begin` answers how it is taken back. */
function cancellable<T>(begin: (resolve: (value: T | PromiseLike<T>) => void) => () => void): Promise<T> {
  const scope = CancellationScope.current();
  if (scope.consideredCancelled) return Promise.reject(new CancelledFailure('Cancellation scope cancelled'));
  return new Promise<T>((resolve, reject) => {
    const takeBack = begin(resolve);
    if (!scope.cancellable) return;
    scope.cancelRequested.catch((error: Error) => {
      takeBack();
      reject(error);
    });
  });
}

/** Milliseconds after which a call that nobody needs any more ends. */
const HEARS_OF_IT_WITHIN = 100;

/** Activities whose cancellation is waited for: each ends as whoever answers says. */
export function proxyActivities(): unknown {
  return new Proxy(
    {},
    {
      get:
        (_calls, activity) =>
        (...args: unknown[]) =>
          call(String(activity), args),
    },
  );
}

function call(activity: string, args: readonly unknown[]): Promise<unknown> {
  const universe = here();
  const scope = CancellationScope.current();
  if (scope.consideredCancelled) return Promise.reject(new CancelledFailure('Activity cancelled before scheduled'));
  const isRelieved = new Promise<void>((resolve) => {
    if (scope.cancellable) scope.cancelRequested.catch(() => resolve());
  });
  // As in history: arguments and answers are copies.
  const { after, result } = universe.oracle(activity, copied(args), isRelieved);
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const answer = () => {
      isAnswered = true;
      try {
        resolve(copied(result()));
      } catch (error) {
        reject(failed(activity, error));
      }
    };
    const takeBack = universe.alarm(after, answer);
    void isRelieved.then(() => {
      if (isAnswered) return;
      takeBack();
      universe.alarm(Math.min(after, HEARS_OF_IT_WITHIN), answer);
    });
  });
}

function failed(activity: string, error: unknown): Error {
  const cause = error instanceof Error ? error : new Error('something was thrown');
  return new ActivityFailure(
    'Activity task failed',
    activity,
    activity,
    RetryState.NON_RETRYABLE_FAILURE,
    undefined,
    cause,
  );
}

function copied<T>(value: T): T {
  return value === undefined ? value : (copyOf(value) as T);
}

/** What is left of a value once it was JSON, in a fraction of the time. */
function copyOf(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item) ?? null);
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) if (inner !== undefined) copy[name] = copyOf(inner);
  return copy;
}
