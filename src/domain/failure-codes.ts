/**
 * Every failure that can cross from an activity into a workflow, by its code (the failure's `type`). `again` says
 * whether repeating the call can help; `docs/failures.md` says what each means and who acts, and a test keeps the two
 * lists equal.
 */
export const FAILURES = {
  InvalidPlan: { again: false, means: 'the plan or its profile cannot be used' },
  NotApproved: { again: false, means: 'the plan and what people signed for do not allow what was to be done' },
  PlatformNoAnswer: { again: true, means: 'the platform could not be reached' },
  PlatformLate: { again: true, means: 'the platform did not answer in time' },
  PlatformThrottled: { again: true, means: 'the platform asked us to slow down' },
  PlatformUnavailable: { again: true, means: 'the platform answered with a server error' },
  PlatformRefused: { again: false, means: 'the platform refused the call' },
  PlatformSurprising: { again: false, means: 'the answer has not the shape of the contract' },
  EffectUnconfirmed: { again: true, means: 'a change was asked for and reading back does not show it' },
  Overslept: { again: true, means: 'the attempt slept for so long that another one may have taken its place' },
  TrafficNoAnswer: { again: true, means: 'the traffic router could not be reached or answered late' },
  TrafficMoved: { again: false, means: 'somebody else moved the traffic share' },
  TrafficNeedsHands: { again: false, means: 'the traffic share is moved by hand, and nobody has moved it' },
  TrafficRefused: { again: false, means: 'the traffic router refused or answered in another shape' },
  MetricsNoAnswer: { again: true, means: 'the metrics could not be read' },
  EvidenceConflict: { again: false, means: 'other evidence is already stored in this place' },
  EvidenceUnavailable: { again: true, means: 'the evidence store could not be written or read' },
  PagingFailed: { again: true, means: 'somebody could not be told' },
  Unexpected: { again: true, means: 'something nobody foresaw: a defect of golive' },
} as const satisfies Record<string, { again: boolean; means: string }>;

export type FailureCode = keyof typeof FAILURES;
