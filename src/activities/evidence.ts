import type { Progress, SealedEvidence } from '../domain/run.ts';
import { sealBundle } from '../evidence/bundle.ts';
import { appendEntries, type NewEntry } from '../evidence/journal.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Scope } from './world.ts';

/** What ran: recorded in every bundle. */
export interface Software {
  readonly version: string;
  readonly node: string;
  readonly workflowBundle: string;
}

export function evidenceActivities(store: EvidenceStore, software: Software) {
  return {
    /** Appends to the journal; entries that are there already are skipped, so repeating is harmless. */
    async appendJournal(folder: string, entries: readonly NewEntry[]): Promise<void> {
      await appendEntries(store, folder, entries);
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

function outcomeOf({ state }: Progress) {
  if (state === 'live' || state === 'rolled-back' || state === 'rejected' || state === 'canceled') return state;
  throw new RangeError(`a run that is ${state} has not ended`);
}
