import type { GateId } from '../domain/plan.ts';
import type { Progress, SealedEvidence, StepRecord } from '../domain/run.ts';
import type { Digest } from '../domain/verdict.ts';
import { sealBundle } from '../evidence/bundle.ts';
import { canonicalJson } from '../evidence/digest.ts';
import { keepFacts } from '../evidence/facts.ts';
import { appendEntries, continueEntries, type NewEntry } from '../evidence/journal.ts';
import { PLAN } from '../evidence/layout.ts';
import { SEALED_OUTCOMES, type SealedOutcome } from '../evidence/manifest.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { callingRun } from './receipts.ts';
import type { Scope } from './world.ts';

/** What ran: recorded in every bundle. */
export interface Software {
  readonly version: string;
  readonly node: string;
  readonly workflowBundle: string;
}

/** One step as those who decide see it. */
export type ShownStep = Pick<StepRecord, 'id' | 'title' | 'verdict' | 'summary' | 'evidence'>;

export function evidenceActivities(store: EvidenceStore, software: Software) {
  return {
    /** Keeps the plan as it was admitted: what every decision is bound to is read from here when it is acted upon. */
    async keepPlan(folder: string, request: unknown): Promise<void> {
      await store.put(`${folder}/${PLAN}`, Buffer.from(canonicalJson(request), 'utf8'));
    },

    /** Appends to the journal; entries that are there already are skipped, so repeating is harmless. */
    async appendJournal(folder: string, entries: readonly NewEntry[]): Promise<void> {
      await appendEntries(store, folder, entries);
    },

    /** The same for a guardian, which does not know how far the journal of a destroyed run got: its entries follow. */
    async continueJournal(folder: string, entries: readonly NewEntry[]): Promise<void> {
      await continueEntries(store, folder, callingRun().runId, entries);
    },

    /** Keeps what those who decide at a gate are shown; its digest is what they approve. */
    async showEvidence(scope: Scope, shown: { gate: GateId; steps: readonly ShownStep[] }): Promise<Digest> {
      return keepFacts(store, scope.folder, shown);
    },

    /** Seals the evidence of a run that has ended with `progress.state`. The same input gives the same seal. */
    async archiveEvidence(
      scope: Scope,
      { request, progress, at }: { request: unknown; progress: Progress; at: string },
    ): Promise<SealedEvidence> {
      const outcome = outcomeOf(progress);
      const { golive, rehearsal } = progress;
      const sealed = await sealBundle(store, scope.folder, {
        golive,
        at,
        outcome,
        rehearsal,
        plan: request,
        progress,
        software,
      });
      return { path: sealed.path, manifest: sealed.manifest };
    },
  };
}

function outcomeOf({ state }: Progress): SealedOutcome {
  const outcome = SEALED_OUTCOMES.find((sealed) => sealed === state);
  if (outcome !== undefined) return outcome;
  throw new RangeError(`a run that is ${state} has not ended`);
}
