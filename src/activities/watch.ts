import { setTimeout as delay } from 'node:timers/promises';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { Limits } from '../domain/plan-schema.ts';
import type { WatchFigures } from '../domain/run.ts';
import type { Finding } from '../domain/verdict.ts';
import { alphaOfWindow } from '../metrics/budget.ts';
import { quantileAtMost } from '../metrics/buckets.ts';
import { MetricError } from '../metrics/source.ts';
import { tripped, type Tripped } from '../metrics/tripwire.ts';
import { beginWatched, breachIn, judgeWatched, observedUntil, watch, type Watched } from '../metrics/watched.ts';
import type { Totals } from '../metrics/window.ts';
import { worstMinutes } from '../metrics/worst-minute.ts';
import { conclude, concludeAnyway } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

/** A stretch of a window. Times are epoch milliseconds by Temporal's clock, durations milliseconds. */
export interface WindowRequest {
  readonly from: number;
  readonly until: number;
  /** The length that was planned for the whole window. */
  readonly length: number;
  readonly percent: number;
  readonly limits: Limits;
  readonly sampleEvery: number;
  /** The how-manieth window of this run it is, from 1: the budget for false alarms is spent by it. */
  readonly ordinal: number;
  /** What stretches before this one saw. */
  readonly carry: Watched | null;
}

export interface WindowReport {
  /** A breach is `fail`, and is reported at once. */
  readonly finding: Finding;
  /** Milliseconds of observation that would be needed yet. */
  readonly missing: number;
  readonly carry: Watched;
  /** Nothing could be seen for so long that it ended early: somebody must know. */
  readonly blind: boolean;
}

/** What a heartbeat carries: enough for another worker to go on, and for a person to see how it stands. */
export interface WatchHeartbeat {
  readonly watched: Watched;
  readonly figures: WatchFigures;
}

/** A plan may sample more rarely than a lost worker must be noticed; with a scrape's deadline it still has to fit. */
const LONGEST_SILENCE = 2_000;
const SHORTEST_BLINDNESS = 15_000;

export function watchActivities({ worlds, store }: Room) {
  return {
    /**
     * Watches a stretch of a window: samples, heartbeats at once and with every sample, and goes on from the last heartbeat
     * where another worker broke off. A sample that fails leaves a gap and nothing else. Returns at once on a breach.
     */
    async watchWindow(scope: Scope, request: WindowRequest): Promise<WindowReport> {
      const { metrics } = worlds(scope);
      const { limits, sampleEvery, until, length, ordinal } = request;
      const context = Context.current();
      const { cancellationSignal: signal } = context;
      const alpha = alphaOfWindow(ordinal);
      let watched = lastHeartbeat(context)?.watched ?? request.carry ?? beginWatched(request.from, sampleEvery);
      let problem: string | null = null;
      let blind = false;
      const began = Date.now();
      const beat = () => {
        const figures = figuresOf(request.percent, watched.piece.totals, problem);
        context.heartbeat({ watched, figures } satisfies WatchHeartbeat);
      };

      beat();
      for (let next = Date.now(); ; next = Math.max(next + sampleEvery, Date.now())) {
        await pauseUntil(next, beat, signal);
        try {
          const seen = watch(watched, await metrics.snapshot(signal), limits);
          watched = seen.watched;
          problem = null;
          const breach = whatIsWrong(watched, seen.newest, limits, alpha);
          if (breach !== undefined) {
            const facts = {
              request: { ...request, carry: null },
              totals: watched.piece.totals,
              newest: seen.newest ?? null,
            };
            const finding = await concludeAnyway(store, scope, { summary: breach, facts, faults: [breach] });
            return { finding, missing: 0, carry: watched, blind: false };
          }
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof MetricError)) throw error;
          problem = error.message;
        }
        beat();
        blind = Date.now() - Math.max(began, watched.piece.coverage.last ?? 0) > blindAfter(sampleEvery);
        if (blind || Date.now() >= until) break;
      }

      const now = Date.now();
      const { verdict, summary, reasons, detectable, missing } = judgeWatched(watched, { length, now, limits, alpha });
      const doubts = blind ? [`the traffic cannot be seen: ${problem ?? 'no answer'}`, ...reasons] : reasons;
      const observed = Math.round(observedUntil(watched, now));
      const facts = {
        request: { ...request, carry: null },
        totals: watched.piece.totals,
        observed,
        gaps: watched.gaps,
        worstMinutes: worstMinutes(watched.minutes, limits),
        detectable,
      };
      const kept = await conclude(store, scope, {
        summary,
        facts,
        ...(verdict === 'fail' ? { faults: reasons } : { doubts }),
      });
      return { finding: kept, missing, carry: watched, blind };
    },
  };
}

/** Milliseconds without a good sample after which a watch says so. */
function blindAfter(sampleEvery: number): number {
  return Math.max(6 * sampleEvery, SHORTEST_BLINDNESS);
}

function lastHeartbeat({ info }: Context): WatchHeartbeat | undefined {
  return info.heartbeatDetails as WatchHeartbeat | undefined;
}

function whatIsWrong(watched: Watched, newest: Totals | undefined, limits: Limits, alpha: number): string | undefined {
  const trip = newest && tripped(newest, limits);
  if (trip) return describeTrip(trip);
  const breach = breachIn(watched, limits, alpha);
  if (breach === undefined) return undefined;
  const { limit, observed, bound, requests } = breach;
  return `${limit} is ${percent(observed)} of ${requests} requests, the plan's bound is ${percent(bound)}`;
}

function describeTrip({ what, observed, requests }: Tripped): string {
  return `${what}: ${percent(observed)} of the last ${requests} requests`;
}

function figuresOf(share: number, totals: Totals, problem: string | null): WatchFigures {
  const { requests, errors, allowed, denied, escalated, latency } = totals;
  const decided = allowed + denied + escalated;
  const milliseconds = (quantile: number) => {
    const seconds = quantileAtMost(latency, quantile);
    return seconds === undefined ? null : seconds * 1000;
  };
  return {
    percent: share,
    requests,
    errorShare: requests === 0 ? null : errors / requests,
    allowShare: decided === 0 ? null : allowed / decided,
    p50: milliseconds(0.5),
    p95: milliseconds(0.95),
    p99: milliseconds(0.99),
    problem,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Waits without falling silent, or ends the activity as cancelled when nobody needs this watch any more. */
async function pauseUntil(next: number, beat: () => void, signal: AbortSignal): Promise<void> {
  try {
    for (let left = next - Date.now(); ; left = next - Date.now()) {
      await delay(Math.min(Math.max(0, left), LONGEST_SILENCE), undefined, { signal });
      if (left <= LONGEST_SILENCE) return;
      beat();
    }
  } catch {
    throw new CancelledFailure('relieved');
  }
}
