import type { MessageName } from './messages.ts';
import type { ControlId, GateId, StepId } from './plan.ts';
import type { Outcome, StepStatus } from './run.ts';
import type { Severity } from './severity.ts';
import type { Digest, Verdict } from './verdict.ts';

/** What can be recorded, by its kind. */
export interface JournalBodies {
  readonly admitted: {
    readonly golive: string;
    readonly plan: Digest;
    readonly release: string;
    readonly requestedBy: string;
    readonly trust: string;
    readonly rehearsal: boolean;
  };
  readonly message: {
    readonly name: MessageName;
    readonly by: string;
    readonly counted: boolean;
    readonly text: string;
    /** What was said, once its shape was checked and it counted. */
    readonly said: unknown;
    /** Id of the signed decision, where it was one. */
    readonly decision: Digest | null;
    /** How many messages have been refused so far: a flood of them is not told one by one. */
    readonly refused: number;
  };
  readonly 'gate-opened': {
    readonly gate: GateId;
    readonly nonce: string;
    readonly shown: Digest;
    readonly need: number;
    readonly people: readonly string[];
    readonly groups: readonly string[];
    readonly until: string;
  };
  /** Approvals that were given do not count any more, and people are asked anew. */
  readonly 'approval-void': { readonly gate: GateId; readonly nonce: string; readonly why: string };
  readonly 'step-started': { readonly step: StepId; readonly title: string };
  readonly 'step-settled': {
    readonly step: StepId;
    readonly status: StepStatus;
    readonly verdict: Verdict;
    readonly summary: string;
    readonly reasons: readonly string[];
    readonly evidence: Digest | null;
    readonly subject: Digest | null;
  };
  /** Somebody's word no longer counts, and somebody is asked anew. */
  readonly 'word-void': { readonly control: ControlId; readonly by: string; readonly why: string };
  readonly 'window-extended': {
    readonly step: StepId;
    readonly milliseconds: number;
    readonly because: readonly string[];
  };
  /** We held the go-live ourselves. */
  readonly held: { readonly why: string };
  readonly undone: { readonly step: StepId; readonly summary: string; readonly evidence: Digest | null };
  readonly stopped: { readonly outcome: Outcome; readonly why: string; readonly by: string | null };
  /** The first line of what people were told, and the matter it belongs to. */
  readonly paged: { readonly key: string; readonly severity: Severity; readonly text: string };
  readonly 'paging-failed': { readonly text: string; readonly why: string };
  /** A guardian goes on in the place of a go-live that was destroyed. */
  readonly 'taken-over': { readonly golive: string; readonly why: string };
  readonly ended: { readonly outcome: Outcome };
}

export type JournalKind = keyof JournalBodies;

/** One thing that was decided or found out. `at` is ISO 8601 in UTC, by the workflow's clock; sequences have no gap. */
export interface JournalEntry<Kind extends JournalKind = JournalKind> {
  readonly sequence: number;
  readonly at: string;
  readonly kind: Kind;
  readonly body: JournalBodies[Kind];
}
