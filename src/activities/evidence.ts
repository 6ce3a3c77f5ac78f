import type { GateId } from '../domain/plan.ts';
import type { Outcome, Progress, SealedEvidence, StepRecord } from '../domain/run.ts';
import type { Digest } from '../domain/verdict.ts';
import { sealBundle, type SealTools } from '../evidence/bundle.ts';
import { encodeCanonical } from '../evidence/canonical.ts';
import { keepFacts } from '../evidence/facts.ts';
import { appendEntries, continueEntries, type NewEntry } from '../evidence/journal.ts';
import { PLAN } from '../evidence/layout.ts';
import { Failure } from './failures.ts';
import { policyContents } from './policy-contents.ts';
import { keepRecords } from './records.ts';
import type { Room } from './room.ts';
import { callingRun } from './receipts.ts';
import { isStopped } from './standing.ts';
import type { Scope } from './world.ts';

/** One step as those who decide see it. */
export type ShownStep = Pick<StepRecord, 'id' | 'title' | 'verdict' | 'summary' | 'evidence'>;

/** What a run is sealed with: the plan as it was handed in, how far it came, and when that was decided (ISO 8601 in UTC). */
interface Ended {
  readonly request: unknown;
  readonly progress: Progress;
  readonly at: string;
}

export function evidenceActivities(room: Room, tools: SealTools) {
  const { store } = room;
  return {
    /** Keeps the plan as it was admitted: what every decision is bound to is read from here when it is acted upon. */
    async keepPlan(folder: string, request: unknown): Promise<void> {
      await store.put(`${folder}/${PLAN}`, encodeCanonical(request));
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

    /**
     * Seals the evidence of a run that has ended with `progress.state`. The same input gives the same seal.
     * @throws {Failure} `NotApproved` when it ends live and its guardian has taken it back
     */
    async archiveEvidence(scope: Scope, ended: Ended): Promise<SealedEvidence> {
      if (ended.progress.state === 'live' && (await isStopped(store, scope)))
        throw new Failure('NotApproved', 'the go-live goes back, and does not end live any more');
      return seal(scope, ended, outcomeOf(ended.progress));
    },

    /**
     * Seals the evidence of a run that was destroyed, on behalf of its guardian; `progress` is the guardian's own:
     * how far the go-live came stands in the journal, which goes on where it broke off. The same input gives the same seal.
     */
    async archiveDestroyed(scope: Scope, ended: Ended): Promise<SealedEvidence> {
      return seal(scope, ended, 'destroyed');
    },
  };

  async function seal(scope: Scope, ended: Ended, outcome: Outcome): Promise<SealedEvidence> {
    const { request, progress, at } = ended;
    const { golive, rehearsal } = progress;
    const { tenant, environment } = scope;
    await keepRecords(room, scope, ended);
    const policies = await policyContents(store, scope, request, progress);
    const { path, manifest } = await sealBundle(
      store,
      scope.folder,
      { golive, at, outcome, rehearsal, tenant, environment, plan: request, progress, policies },
      tools,
    );
    return { path, manifest };
  }
}

function outcomeOf({ state }: Progress): Outcome {
  if (state === 'live' || state === 'rolled-back' || state === 'rejected' || state === 'canceled') return state;
  throw new RangeError(`a run that is ${state} has not ended`);
}
