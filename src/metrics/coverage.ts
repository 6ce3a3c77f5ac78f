import { LARGEST_GAP_INTERVALS, LONGEST_STANDSTILL_INTERVALS } from './budget.ts';

/** What was observed of a window so far. Plain JSON: a watch resumes from it on another worker. All times in milliseconds. */
export interface Coverage {
  readonly from: number;
  readonly every: number;
  /** When the newest good sample was true. */
  readonly last?: number;
  readonly samples: number;
  readonly observed: number;
  /** Observed, but no counter has moved since: becomes observed, or void when it lasts too long. */
  readonly standstill: number;
  readonly largestGap: number;
}

/** How much of a window was observed. */
export interface CoverageReport {
  readonly samples: number;
  /** Between 0 and 1. */
  readonly share: number;
  /** Longest stretch without a good sample, the edges of the window included. */
  readonly largestGap: number;
  readonly every: number;
}

/** A good sample, as the coverage sees it. */
export interface SampleSeen {
  /** When it was true. */
  readonly at: number;
  /** Whether any request was counted since the sample before. */
  readonly moved: boolean;
  /** Whether the difference to the sample before is whole: no series was reset or vanished in between. */
  readonly whole: boolean;
}

/** Nothing observed yet of a window that begins at `from` and is sampled every `every` milliseconds. */
export function beginCoverage(from: number, every: number): Coverage {
  if (!Number.isFinite(from) || !Number.isFinite(every) || every <= 0)
    throw new RangeError('needs a time and an interval');
  return { from, every, samples: 0, observed: 0, standstill: 0, largestGap: 0 };
}

/** The coverage with one more sample. A sample that is not newer than the last changes nothing. */
export function seen(coverage: Coverage, sample: SampleSeen): Coverage {
  const { from, every, last } = coverage;
  if (!Number.isFinite(sample.at) || (last !== undefined && sample.at <= last)) return coverage;
  const gap = Math.max(0, sample.at - Math.max(from, last ?? from));
  const next = {
    ...coverage,
    last: sample.at,
    samples: coverage.samples + 1,
    largestGap: Math.max(coverage.largestGap, gap),
  };
  const isObserved = last !== undefined && sample.at - last <= LARGEST_GAP_INTERVALS * every && sample.whole;
  if (!isObserved) return next;
  if (!sample.moved) return { ...next, standstill: coverage.standstill + gap };
  return { ...next, observed: coverage.observed + believable(coverage) + gap, standstill: 0 };
}

/** How much of the window from its begin until `to` was observed; `to` is the time of judging. */
export function coverageUntil(coverage: Coverage, to: number): CoverageReport {
  const { from, every, samples, last = from } = coverage;
  const length = to - from;
  const isFromTheFuture = last > to + LARGEST_GAP_INTERVALS * every;
  if (!(length > 0) || isFromTheFuture) return { samples, share: 0, largestGap: Math.max(0, length), every };
  const observed = coverage.observed + believable(coverage);
  return {
    samples,
    share: Math.min(1, observed / length),
    largestGap: Math.max(coverage.largestGap, Math.min(length, to - last)),
    every,
  };
}

/** A short silence is a quiet moment; a long one looks the same as a metric that nobody updates any more. */
function believable({ standstill, every }: Coverage): number {
  return standstill <= LONGEST_STANDSTILL_INTERVALS * every ? standstill : 0;
}
