import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { Failure, translate, translated } from '../../src/activities/failures.ts';
import { FAILURES, type FailureCode } from '../../src/domain/failure-codes.ts';
import { EvidenceProblem, type EvidenceProblemKind } from '../../src/evidence/problem.ts';
import {
  LateError,
  NoAnswerError,
  RefusedError,
  SurprisingShapeError,
  ThrottledError,
  UnavailableError,
} from '../../src/intended/errors.ts';
import { MetricError, type MetricProblem } from '../../src/metrics/source.ts';
import { PagerError, Undelivered } from '../../src/notify/errors.ts';
import { TrafficError, type TrafficProblem } from '../../src/traffic/port.ts';

const CALL = { method: 'GET', route: '/tenants/{tenantId}/audit' } as const;
const traffic = (problem: TrafficProblem) => new TrafficError(problem, 'the router did something');
const metrics = (problem: MetricProblem) => new MetricError(problem, 'edge/metrics', 'something');
const evidence = (kind: EvidenceProblemKind) => new EvidenceProblem(kind, 'journal.jsonl: something');
const undelivered = (retryAfterMs?: number) =>
  new Undelivered([new PagerError('throttled', 'paging.0: throttled', retryAfterMs)], 2);
const unavailable = (retryAfterMs?: number) =>
  new UnavailableError(CALL, { status: 503, code: 'SERVICE_UNAVAILABLE', retryAfterMs });

const TABLE: readonly (readonly [FailureCode, Error, again: boolean])[] = [
  ['PlatformNoAnswer', new NoAnswerError(CALL, 'unreachable'), true],
  ['PlatformNoAnswer', new NoAnswerError(CALL, 'untrusted-certificate'), true],
  ['PlatformNoAnswer', new NoAnswerError(CALL, 'connection-lost'), true],
  ['PlatformLate', new LateError(CALL, 10_000), true],
  ['PlatformThrottled', new ThrottledError(CALL, 3_000), true],
  ['PlatformUnavailable', unavailable(), true],
  ['PlatformRefused', new RefusedError(CALL, { status: 403, code: 'INSUFFICIENT_PERMISSIONS' }), false],
  [
    'PlatformSurprising',
    new SurprisingShapeError(CALL, { status: 200, issues: [{ path: '', expected: 'JSON' }] }),
    false,
  ],
  ['TrafficNoAnswer', traffic('no-answer'), true],
  ['TrafficNoAnswer', traffic('late'), true],
  ['EffectUnconfirmed', traffic('not-in-force'), true],
  ['TrafficMoved', traffic('moved-by-somebody-else'), false],
  ['TrafficNeedsHands', traffic('needs-hands'), false],
  ['TrafficRefused', traffic('refused'), false],
  ['TrafficRefused', traffic('surprising-shape'), false],
  ['MetricsNoAnswer', metrics('no-answer'), true],
  ['MetricsNoAnswer', metrics('late'), true],
  ['MetricsNoAnswer', metrics('refused'), true],
  ['MetricsNoAnswer', metrics('surprising-shape'), true],
  ['EvidenceUnavailable', evidence('busy'), true],
  ['EvidenceUnavailable', evidence('gap'), true],
  ['EvidenceUnavailable', evidence('missing'), true],
  ['EvidenceUnavailable', evidence('unavailable'), true],
  ['EvidenceConflict', evidence('conflict'), false],
  ['EvidenceConflict', evidence('sealed'), false],
  ['EvidenceConflict', evidence('broken'), false],
  ['EvidenceConflict', evidence('unsafe-path'), false],
  ['EvidenceConflict', evidence('unusable'), false],
  ['InvalidPlan', new Failure('InvalidPlan', 'the plan cannot be used'), false],
  ['NotApproved', new Failure('NotApproved', 'begin-traffic needs 2 signed approvals'), false],
  ['EffectUnconfirmed', new Failure('EffectUnconfirmed', '25 % was asked for'), true],
  ['Overslept', new Failure('Overslept', 'this attempt slept for too long'), true],
  ['PagingFailed', undelivered(), true],
  ['Unexpected', new TypeError('cannot read the token'), true],
];

describe('an error that leaves an activity', () => {
  it.each(TABLE)('is %s', (code, error, again) => {
    const failure = translate(error);
    expect(failure).toMatchObject({ type: code, nonRetryable: !again });
    expect(failure.cause).toBeUndefined();
  });

  it('has every code of the table', () => {
    expect(new Set(TABLE.map(([code]) => code))).toEqual(new Set(Object.keys(FAILURES)));
  });

  it('keeps its own sentence when we wrote it', () => {
    expect(translate(traffic('refused')).message).toBe('the router did something');
    expect(translate(unavailable()).message).toBe(
      'GET /tenants/{tenantId}/audit: unavailable with 503 SERVICE_UNAVAILABLE',
    );
  });

  it.each([new TypeError('eyJhbGciOiJub25lIn0.claims.'), 'a string', undefined, { secret: 'mrt_live_1' }])(
    'keeps nothing but its name when nobody foresaw it',
    (error) => {
      const { message } = translate(error);
      expect(message).toBe(error instanceof Error ? 'TypeError in golive' : 'something was thrown');
    },
  );

  it('waits as long as the platform or a pager asked for, and the kill switch never for long', () => {
    expect(translate(new ThrottledError(CALL, 3_000)).nextRetryDelay).toBe(3_000);
    expect(translate(new ThrottledError(CALL, 3_600_000)).nextRetryDelay).toBe(10_000);
    expect(translate(undelivered(30_000)).nextRetryDelay).toBe(30_000);
    expect(translate(undelivered(3_600_000)).nextRetryDelay).toBe(60_000);
    expect(translate(unavailable(7_000)).nextRetryDelay).toBe(7_000);
    expect(translate(new ThrottledError(CALL, undefined)).nextRetryDelay).toBeUndefined();
  });

  it('carries the details of a failure of ours', () => {
    expect(translate(new Failure('InvalidPlan', 'no', [['profile: unknown']])).details).toEqual([['profile: unknown']]);
  });
});

describe('what is written into history', () => {
  const PLANTED = 'mrt_live_c0ff_planted-secret';

  /** The forms in which libraries carry what they know: a cause, members, a message, a nested list. */
  const LEAKS: readonly (readonly [string, Error])[] = [
    ['the cause of an error of ours', withCause(new MetricError('no-answer', 'edge', 'no answer'))],
    ['the cause of an unforeseen error', withCause(new Error('failed'))],
    ['the message of an unforeseen error', new Error(`bearer ${PLANTED}`)],
    ['a member of an error', Object.assign(new Error('failed'), { claims: { token: PLANTED } })],
    ['one of several errors', new AggregateError([new Error(PLANTED)], PLANTED)],
    ['the stack of an error', Object.assign(new Error('failed'), { stack: `Error: ${PLANTED}\n at here` })],
    ['the cause of a failure of Temporal', ApplicationFailure.create({ message: 'x', cause: new Error(PLANTED) })],
  ];

  it.each(LEAKS)('does not contain %s', async (_what, error) => {
    const { call } = translated({ call: () => Promise.reject(error) });
    const thrown = await call().catch((failure: unknown) => failure);
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(historyOf(thrown)).not.toContain(PLANTED);
  });

  it('shows the planted secret where nothing is translated, so that the test can fail', () => {
    expect(historyOf(withCause(new Error('failed')))).toContain(PLANTED);
  });

  function withCause(error: Error): Error {
    return Object.assign(error, { cause: new Error(`header: Bearer ${PLANTED}`) });
  }
});

describe('an activity that is wrapped', () => {
  it('answers what it answered', async () => {
    const { call } = translated({ call: (one: number) => Promise.resolve(one + 1) });
    expect(await call(1)).toBe(2);
  });

  it('lets a cancellation pass untouched', async () => {
    const cancelled = new CancelledFailure('relieved');
    const { call } = translated({ call: () => Promise.reject(cancelled) });
    await expect(call()).rejects.toBe(cancelled);
  });
});

/** A failure as the SDK writes it, payloads decoded. */
function historyOf(error: unknown): string {
  const failure = defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
  return JSON.stringify(failure, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  );
}
