import type { ShownDenial, Trust } from './desk.ts';
import type { MessageName } from './messages.ts';
import type { Phase, StepId } from './plan.ts';
import type { Digest, Verdict } from './verdict.ts';

/** How a go-live ends. One that is `destroyed` did not end by itself: its guardian made the platform safe. */
export const OUTCOMES = ['live', 'rolled-back', 'rejected', 'canceled', 'destroyed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type RunState =
  'checking' | 'blocked' | 'waiting' | 'held' | 'watching' | 'rolling-back' | 'rollback-incomplete' | Outcome;

export type StepStatus = 'running' | 'blocked' | 'passed' | 'failed' | 'stopped';

/** One step as far as it got. Times are ISO 8601 in UTC. */
export interface StepRecord {
  readonly id: StepId;
  readonly phase: Phase;
  readonly title: string;
  readonly runbook: readonly string[];
  readonly status: StepStatus;
  readonly verdict: Verdict | null;
  readonly reasons: readonly string[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Until when the step may wait or watch, where it has a deadline. */
  readonly deadline: string | null;
  readonly summary: string;
  readonly evidence: Digest | null;
  /** Digest of what a person vouches for, where there is more to it than the verdict. */
  readonly subject: Digest | null;
}

/** Stands for a name where nobody is asked by name. */
export const ANYBODY = 'anybody but the requester';

/** Something a go-live waits for, with the command that supplies it. */
export interface Waiting {
  readonly kind: 'approval' | 'attestation' | 'review' | 'recheck' | 'hands' | 'resume';
  /** The gate, control or step in question; for a review the digest of the sample. */
  readonly what: string;
  readonly gate?: string;
  readonly nonce?: string;
  /** Digest of the evidence that those who decide are shown. */
  readonly shown?: Digest;
  readonly facts?: Digest;
  /** What it is about, in words: what is vouched for, or why it is held. */
  readonly about?: readonly string[];
  readonly items?: readonly string[];
  /** For a review: the denials as far as they are shown, and from how many they were drawn. */
  readonly denials?: readonly ShownDenial[];
  readonly have: number;
  readonly need: number;
  readonly from: readonly string[];
  /** For an approval: who has approved so far. */
  readonly given?: readonly string[];
  readonly until: string | null;
  readonly how: string;
  /** What `how` sends, where nobody has to sign it. */
  readonly message?: MessageDraft;
}

/** A message to send: `you`, `…` and links in its body are for its sender to fill in. */
export interface MessageDraft {
  readonly name: MessageName;
  readonly body: object;
}

export type KillSwitch = 'off' | 'on' | 'unknown';

/** Why a go-live stopped going forward. */
export interface Ending {
  readonly outcome: Exclude<Outcome, 'live'>;
  readonly why: string;
  readonly by: string | null;
  readonly at: string;
}

/** The sealed evidence: where it lies and the digest of its manifest. */
export interface SealedEvidence {
  readonly path: string;
  readonly manifest: Digest;
}

/** What people could not be told. */
export interface Notifications {
  /** How many notices did not reach everybody who should have been told. */
  readonly failed: number;
  /** The first line of the last of them, and why. `at` is ISO 8601 in UTC. */
  readonly lastProblem: { readonly at: string; readonly notice: string; readonly why: string } | null;
}

/** The answer of the `progress` query, version 1 (`contract/progress.example.json`). */
export interface Progress {
  readonly version: 1;
  readonly golive: string;
  readonly tenant: string | null;
  readonly environment: string | null;
  readonly release: string | null;
  readonly rehearsal: boolean;
  readonly trust: Trust | null;
  readonly plan: Digest | null;
  readonly state: RunState;
  readonly phase: Phase;
  readonly step: {
    readonly id: StepId;
    readonly title: string;
    readonly since: string;
    readonly deadline: string | null;
  } | null;
  readonly traffic: { readonly percent: number | null; readonly confirmed: boolean };
  readonly killSwitch: KillSwitch;
  readonly waitingFor: readonly Waiting[];
  readonly steps: readonly StepRecord[];
  readonly messages: {
    readonly accepted: number;
    readonly refusedInAll: number;
    readonly refused: readonly {
      readonly at: string;
      readonly name: string;
      readonly by: string;
      readonly why: string;
    }[];
  };
  readonly notifications: Notifications;
  readonly ending: Ending | null;
  readonly evidence: SealedEvidence | null;
}

/** What `goLive` returns when it completes: the platform is live. */
export interface Report {
  readonly outcome: 'live';
  readonly golive: string;
  readonly plan: Digest;
  readonly evidence: SealedEvidence;
}

/** Traffic in one stretch of time, for people. Latencies in milliseconds, shares between 0 and 1; null when there is nothing to say. */
export interface TrafficFigures {
  readonly requests: number;
  readonly errorShare: number | null;
  readonly allowShare: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** What a watch shows of the traffic at its share. */
export interface WatchFigures extends TrafficFigures {
  readonly percent: number;
  readonly problem: string | null;
}
