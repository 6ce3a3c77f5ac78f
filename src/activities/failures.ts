import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { FAILURES, type FailureCode } from '../domain/failure-codes.ts';
import { EvidenceProblem } from '../evidence/problem.ts';
import { isIntendedError, type IntendedError } from '../intended/errors.ts';
import { MetricError } from '../metrics/source.ts';
import { Undelivered } from '../notify/errors.ts';
import { TrafficError, type TrafficProblem } from '../traffic/port.ts';

/** A failure with a code of the table, thrown by an activity that knows what went wrong. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly details: readonly unknown[];

  constructor(code: FailureCode, message: string, details: readonly unknown[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** A platform that asks for an hour must not hold up a kill switch for one. */
const LONGEST_DELAY = 10_000;
/** Nothing waits for a notice, and a pager that is asked too often asks for more. */
const LONGEST_PAGING_DELAY = 60_000;

type Translated = { readonly code: FailureCode; readonly message: string; readonly retryAfterMs?: number | undefined };

const PLATFORM: Record<IntendedError['kind'], FailureCode> = {
  'no-answer': 'PlatformNoAnswer',
  late: 'PlatformLate',
  refused: 'PlatformRefused',
  throttled: 'PlatformThrottled',
  unavailable: 'PlatformUnavailable',
  'surprising-shape': 'PlatformSurprising',
};

const TRAFFIC: Record<TrafficProblem, FailureCode> = {
  'no-answer': 'TrafficNoAnswer',
  late: 'TrafficNoAnswer',
  'moved-by-somebody-else': 'TrafficMoved',
  refused: 'TrafficRefused',
  'surprising-shape': 'TrafficRefused',
};

/**
 * The only way in which an error leaves an activity. A cause is never passed on: it is written into history word for word,
 * and causes of the libraries below carry tokens, claims and headers. An error nobody foresaw keeps its name alone.
 */
export function translate(error: unknown): ApplicationFailure {
  const { code, message, retryAfterMs } = codeOf(error);
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !FAILURES[code].again,
    details: error instanceof Failure ? [...error.details] : [],
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: Math.min(retryAfterMs, longestDelay(code)) }),
  });
}

function longestDelay(code: FailureCode): number {
  return code === 'PagingFailed' ? LONGEST_PAGING_DELAY : LONGEST_DELAY;
}

function codeOf(error: unknown): Translated {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  if (isIntendedError(error)) {
    const { kind, message } = error;
    return { code: PLATFORM[kind], message, retryAfterMs: 'retryAfterMs' in error ? error.retryAfterMs : undefined };
  }
  if (error instanceof TrafficError) return { code: TRAFFIC[error.problem], message: error.message };
  if (error instanceof MetricError) return { code: 'MetricsNoAnswer', message: error.message };
  if (error instanceof Undelivered) {
    return { code: 'PagingFailed', message: error.message, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof EvidenceProblem) {
    return { code: error.again ? 'EvidenceUnavailable' : 'EvidenceConflict', message: error.message };
  }
  return { code: 'Unexpected', message: error instanceof Error ? `${error.name} in golive` : 'something was thrown' };
}

type Call = (...args: never[]) => Promise<unknown>;

/** The same activities, every error of theirs translated. That a call was cancelled is not an error and passes. */
export function translated<A extends Record<string, Call>>(activities: A): A {
  const wrapped = Object.entries(activities).map(([name, call]) => [
    name,
    async (...args: never[]) => {
      try {
        return await call(...args);
      } catch (error) {
        throw error instanceof CancelledFailure ? error : translate(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as A;
}
