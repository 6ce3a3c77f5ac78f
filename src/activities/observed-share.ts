import { setTimeout as delay } from 'node:timers/promises';
import { shareTolerance } from '../domain/share.ts';
import { lowerBound, upperBound } from '../metrics/confidence.ts';
import { losesRequests } from '../metrics/continuation.ts';
import { MetricError, PATHS, type MetricSource, type Snapshot } from '../metrics/source.ts';
import { difference, type Baseline, type Totals } from '../metrics/window.ts';
import { TrafficError, type Share } from '../traffic/port.ts';

/** How a share is counted. Milliseconds. */
export interface Observation {
  readonly every: number;
  /** After this it ends, with what it has. */
  readonly longest: number;
}

/** On each side, of one observation: two in a thousand are wrong about the share. */
const ALPHA = 0.001;
/** What part of the tolerance the bounds may use up: the rest is for callers who are unlike and hashes that are uneven. */
const NARROW = 0.7;

/**
 * The share of requests that go through the platform, from what the router counts itself. It is counted until the bounds are
 * narrow, which is fair because they hold at any moment. Requests that may have gone uncounted make it worthless, and so
 * does a share that moves meanwhile: half of one and half of another could look like the one that was asked for.
 * @throws {TrafficError} when there is any doubt, or too few requests. Rejects with the signal's reason.
 */
export function observeShare(metrics: MetricSource, { every, longest }: Observation) {
  return async (signal: AbortSignal): Promise<Share> => {
    const end = performance.now() + longest;
    let baseline: Baseline = await routedSeries(metrics, signal);
    const counted: Counted[] = [];
    while (performance.now() + every <= end && vaguenessOf(sumOf(counted)) > NARROW) {
      await pause(every, signal);
      const seen = difference(baseline, await routedSeries(metrics, signal));
      // Nothing new yet: a target may be read less often than we look.
      if (seen === undefined) continue;
      if (seen.changes.some(losesRequests))
        throw doubt('the series of the router have changed while they were counted');
      if (seen.totals.routed !== undefined) counted.push(seen.totals.routed);
      baseline = seen.baseline;
    }
    return shareOf(counted);
  };
}

type Counted = NonNullable<Totals['routed']>;

/** What the router counts, both ways of it: a series that is missing is not zero requests. */
async function routedSeries(metrics: MetricSource, signal: AbortSignal): Promise<Snapshot> {
  const { at, series } = await metrics.snapshot(signal).catch((error: unknown) => {
    throw error instanceof MetricError ? doubt(error.message) : error;
  });
  const routed = series.filter(({ kind }) => kind === 'routed');
  const missing = PATHS.find((path) => !routed.some((one) => one.kind === 'routed' && one.path === path));
  if (missing !== undefined) throw doubt(`the router does not count its requests with path="${missing}"`);
  return { at, series: routed };
}

function shareOf(counted: readonly Counted[]): Share {
  const { intended, bypass } = sumOf(counted);
  const requests = intended + bypass;
  if (vaguenessOf({ intended, bypass }) > 1) {
    throw doubt(`${requests} requests are too few to say which share it is`);
  }
  const middle = Math.floor(counted.length / 2);
  const [earlier, later] = [counted.slice(0, middle), counted.slice(middle)].map((half) => boundsOf(sumOf(half)));
  if (earlier !== undefined && later !== undefined && (earlier.low > later.high || later.low > earlier.high)) {
    throw doubt('the share moved while it was counted');
  }
  const version = `${intended}-of-${requests}`;
  return { percent: (100 * intended) / requests, version, between: boundsOf({ intended, bypass }) };
}

function boundsOf({ intended, bypass }: Counted): { readonly low: number; readonly high: number } {
  const requests = intended + bypass;
  return {
    low: 100 * lowerBound(intended, requests, ALPHA),
    high: 100 * upperBound(intended, requests, ALPHA),
  };
}

/** How far the bounds lie from what was counted, as a part of what is tolerated there. */
function vaguenessOf(counted: Counted): number {
  const requests = counted.intended + counted.bypass;
  if (requests === 0) return Infinity;
  const percent = (100 * counted.intended) / requests;
  const { low, high } = boundsOf(counted);
  return Math.max(high - percent, percent - low) / shareTolerance(percent);
}

function sumOf(counted: readonly Counted[]): Counted {
  return {
    intended: counted.reduce((sum, { intended }) => sum + intended, 0),
    bypass: counted.reduce((sum, { bypass }) => sum + bypass, 0),
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

function doubt(detail: string): TrafficError {
  return new TrafficError('no-answer', detail);
}
