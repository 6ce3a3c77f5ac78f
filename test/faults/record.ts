import type { GateId } from '../../src/domain/plan.ts';
import type { JournalEntry, JournalKind } from '../../src/domain/journal.ts';
import type { Plan } from '../../src/domain/plan-schema.ts';
import type { Progress } from '../../src/domain/run.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import type { BundleVerdict } from '../../src/evidence/inspect.ts';
import type { JournalVerdict } from '../../src/evidence/journal.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';
import type { HistoryFact } from './history.ts';

/** How the platform stands in the end, as it shows itself. */
export interface Standing {
  readonly percent: number;
  readonly halted: boolean;
  /** Pack to active version. */
  readonly versions: Readonly<Record<string, string | null>>;
}

/** All that is known of one run when it is over: three ledgers that know nothing of each other, and what is left. */
export interface RunRecord {
  readonly plan: Plan;
  /** How the names of our changes begin in this run: product, release, run. */
  readonly keys: string;
  /** What really happened, by the platform's own ledger. */
  readonly effects: readonly Effect[];
  readonly history: readonly HistoryFact[];
  readonly journal: readonly JournalEntry[];
  readonly chain: JournalVerdict;
  readonly bundle: BundleVerdict;
  /** The facts behind findings, by their digests. */
  readonly facts: ReadonlyMap<Digest, unknown>;
  readonly progress: Progress;
  readonly standing: Standing;
  /** Every secret there is, by its name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Everything that was written of the run: decoded history, logs, evidence; by where it was written. */
  readonly written: ReadonlyMap<string, string>;
}

export function isEntry<Kind extends JournalKind>(entry: JournalEntry, kind: Kind): entry is JournalEntry<Kind> {
  return entry.kind === kind;
}

/** The entries of one kind, in order. */
export function entriesOf<Kind extends JournalKind>({ journal }: RunRecord, kind: Kind): readonly JournalEntry<Kind>[] {
  return journal.filter((entry) => isEntry(entry, kind));
}

type FactOf<What extends HistoryFact['what']> = Extract<HistoryFact, { what: What }>;

/** The facts of one kind, in order. */
export function factsOfKind<What extends HistoryFact['what']>(
  { history }: Pick<RunRecord, 'history'>,
  what: What,
): readonly FactOf<What>[] {
  return history.filter((fact): fact is FactOf<What> => fact.what === what);
}

/** One call of an activity with its answer, where there is one. */
export interface Call {
  readonly activity: string;
  readonly args: readonly unknown[];
  readonly scheduled: { readonly id: number; readonly at: number };
  readonly attempts: number;
  readonly completed: { readonly id: number; readonly at: number; readonly result: unknown } | undefined;
}

/** The calls of one activity, in the order in which they were decided upon. */
export function callsOf(record: Pick<RunRecord, 'history'>, activity?: string): readonly Call[] {
  const started = new Map(factsOfKind(record, 'started').map((fact) => [fact.scheduled, fact]));
  const completed = new Map(factsOfKind(record, 'completed').map((fact) => [fact.scheduled, fact]));
  return factsOfKind(record, 'scheduled')
    .filter((fact) => activity === undefined || fact.activity === activity)
    .map(({ id, at, activity: name, args }) => ({
      activity: name,
      args,
      scheduled: { id, at },
      attempts: started.get(id)?.attempt ?? 0,
      completed: completed.get(id),
    }));
}

/** The last seal of a run, whoever set it. */
export function sealingOf(record: Pick<RunRecord, 'history'>): Call['completed'] {
  const seals = callsOf(record).filter(
    ({ activity }) => activity === 'archiveEvidence' || activity === 'archiveDestroyed',
  );
  return seals.at(-1)?.completed;
}

/** How the run came to its end; where it was destroyed and its guardian has ended, how that did. */
export function endingOf(record: Pick<RunRecord, 'history'>): FactOf<'ended'> | undefined {
  return factsOfKind(record, 'ended').at(-1);
}

/** The gate whose approvals allow traffic to go to this share of the plan. */
export function gateBefore({ rollout }: Plan, percent: number): GateId {
  return percent <= rollout.lowTraffic.percent ? 'begin-traffic' : 'increase-traffic';
}
