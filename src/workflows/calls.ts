import { ApplicationFailure, proxyActivities, type ActivityFailure, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** Activities with one temperament, whose summary says in the Temporal UI what they are for. */
export type Calls = (summary: string) => Activities;

/** A lost worker is noticed after this; `worker/still-alive.ts` says every few seconds that it is not lost. */
const NOTICED_AFTER = '15s';

const calls =
  (options: ActivityOptions): Calls =>
  (summary) =>
    // Waited for by default says the SDK, and encodes nothing at all, which the server reads as the opposite.
    proxyActivities<Activities>({ cancellationType: 'WAIT_CANCELLATION_COMPLETED', ...options, summary });

/**
 * Measurements and drills: repeated for a while, then inconclusive. What is under way when a run stops is not waited for by
 * the story, but by {@link UnderWay.quiet}: an undo must come after its deed, and the seal after the last fact.
 */
export const measuring = calls({
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/**
 * Forward changes: each reads back what it did; what stays unconfirmed for minutes leads to the rollback. A share that is
 * moved by hand is read by counting requests, which takes most of a minute.
 */
export const changing = calls({
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '3m',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/** The rollback and every other undo: never gives up by itself. Two minutes hold the longest bound of a plan, twice. */
export const rescuing = calls({
  startToCloseTimeout: '2m',
  priority: { priorityKey: 1 },
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '500ms', maximumInterval: '15s' },
});

/**
 * The watch on a stretch of traffic: a lost worker is noticed by its missing heartbeat and another one takes over, sooner than
 * any other call, because meanwhile nobody sees a breach.
 */
export const watching = (stretchMs: number): Calls =>
  calls({
    startToCloseTimeout: stretchMs + 10 * 60_000,
    heartbeatTimeout: '6s',
    retry: { initialInterval: '200ms', maximumInterval: '5s' },
  });

/** The guardian's watch: as long as the go-live, on whichever worker is there. */
export const guarding = calls({
  startToCloseTimeout: '30d',
  heartbeatTimeout: NOTICED_AFTER,
  priority: { priorityKey: 1 },
  retry: { initialInterval: '500ms', maximumInterval: '5s' },
});

/** Signatures: whoever sent one is waiting, and can send it again. */
export const verifying = calls({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

const KEEPING: ActivityOptions = {
  startToCloseTimeout: '60s',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
};

/** The journal: given up after a while, so that people hear of it, and begun anew by whoever writes it. */
export const journaling = calls({ ...KEEPING, scheduleToCloseTimeout: '2m' });

/** What is kept and looked up in the evidence: a run that cannot be recorded stays open until it can. */
export const recording = calls(KEEPING);

/** The seal looks at every file of the run several times, and a bucket takes its time for each. */
export const sealing = calls({ ...KEEPING, startToCloseTimeout: '15m' });

/** Telling people: tried for a while; that nobody could be reached never stops a run. */
export const telling = calls({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '5m',
  retry: { maximumInterval: '30s' },
});

/** Why a call failed for good: its code and its message, which hold no secret. */
export function problemOf({ cause, message }: ActivityFailure): { readonly code: string; readonly message: string } {
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'Unexpected') : 'TimedOut';
  return { code, message: `${code}: ${cause?.message ?? message}` };
}
