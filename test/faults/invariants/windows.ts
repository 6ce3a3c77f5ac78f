import type { ShiftId, StepId, WindowId } from '../../../src/domain/plan.ts';
import { rowOf } from '../../../src/domain/plan.ts';
import type { Finding } from '../../../src/domain/verdict.ts';
import type { WindowReport, WindowRequest } from '../../../src/activities/index.ts';
import { callsOf, entriesOf, type RunRecord } from '../record.ts';
import type { Invariant } from './invariant.ts';

const LEAST_OBSERVED = 0.95;

/** The part of a stretch's facts that is looked at here. */
interface StretchFacts {
  readonly request: Pick<WindowRequest, 'length' | 'sampleEvery' | 'percent'>;
  readonly totals: { readonly requests: number; readonly errors: number };
  /** Milliseconds. */
  readonly observed: number;
}

interface PassedWindow {
  readonly step: StepId;
  readonly facts: StretchFacts | undefined;
  readonly finding: Finding | undefined;
}

/** S3: what passes was measured, and its measurement says so. */
export const nothingPassesOnIgnorance: Invariant = (record) => {
  const { limits } = record.plan;
  return [
    ...entriesOf(record, 'step-settled')
      .filter(({ body }) => body.status === 'passed' && body.verdict !== 'pass')
      .map(({ body }) => `${body.step} passed although it was ${body.verdict}`),
    ...passedWindows(record).flatMap(({ step, facts, finding }) => {
      if (facts === undefined || finding === undefined) return [`${step} passed and nobody knows by what`];
      const { requests, errors } = facts.totals;
      return [
        ...(finding.verdict === 'pass' ? [] : [`${step} passed on a watch that was ${finding.verdict}`]),
        ...(requests >= limits.minimumRequests ? [] : [`${step} passed on ${requests} requests`]),
        ...(Number.isFinite(errors) && errors <= requests ? [] : [`${step} passed on numbers that cannot be`]),
      ];
    }),
  ];
};

/** S16: a soak passes only when nearly all of it was observed, and not before its time is over. */
export const soaksAreWholeAndSeen: Invariant = (record) =>
  passedWindows(record).flatMap(({ step, facts }) => {
    if (facts === undefined) return [];
    const { observed, request } = facts;
    const share = observed / request.length;
    const took = millisecondsTaken(record, step);
    return [
      ...(share >= LEAST_OBSERVED ? [] : [`${step} passed with ${(100 * share).toFixed(1)} % of it observed`]),
      ...(took >= request.length ? [] : [`${step} passed after ${took} ms of ${request.length} ms`]),
    ];
  });

/** The steps that passed by watching, each with the watch that its verdict names. */
function passedWindows(record: RunRecord): readonly PassedWindow[] {
  const reports = callsOf(record, 'watchWindow').flatMap(({ completed }) =>
    completed === undefined ? [] : [(completed.result as WindowReport).finding],
  );
  return entriesOf(record, 'step-settled')
    .filter(({ body }) => body.status === 'passed' && isWatched(body.step))
    .map(({ body: { step, evidence } }) => ({
      step,
      finding: reports.find((finding) => finding.evidence !== undefined && finding.evidence === evidence),
      facts: evidence === null ? undefined : (record.facts.get(evidence) as StretchFacts | undefined),
    }));
}

/** The first shift has no hold of its own: the soak after it is a step. */
function isWatched(step: StepId): step is Exclude<ShiftId, 'low-traffic'> | WindowId {
  const { kind } = rowOf(step);
  return kind === 'window' || (kind === 'shift' && step !== 'low-traffic');
}

function millisecondsTaken(record: RunRecord, step: StepId): number {
  const began = entriesOf(record, 'step-started').findLast(({ body }) => body.step === step);
  const settled = entriesOf(record, 'step-settled').findLast(({ body }) => body.step === step);
  return Date.parse(settled?.at ?? '') - Date.parse(began?.at ?? '');
}
