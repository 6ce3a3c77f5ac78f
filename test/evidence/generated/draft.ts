import type { JournalBodies, JournalKind } from '../../../src/domain/journal.ts';
import type { Outcome } from '../../../src/domain/run.ts';
import type { Digest } from '../../../src/domain/verdict.ts';
import { digestOf } from '../../../src/evidence/digest.ts';
import type { AuditExport } from '../../../src/evidence/exports.ts';
import type { Statement } from '../../../src/evidence/statement.ts';
import { redacted } from '../../../src/evidence/redact.ts';

/** An entry before it has a number. `at` is epoch milliseconds. */
export interface DraftEntry<Kind extends JournalKind = JournalKind> {
  at: number;
  readonly kind: Kind;
  body: JournalBodies[Kind];
}

/** What a run would leave behind, before it is stored: there to be changed. */
export class Draft {
  readonly plan: Record<string, unknown>;
  readonly entries: DraftEntry[] = [];
  readonly facts = new Map<Digest, unknown>();
  readonly chunks = new Map<Digest, unknown>();
  /** Signed decisions by their id. */
  readonly tokens = new Map<Digest, string>();
  keySet: unknown;
  /** The platform's audit log of the run's time, where it was had. */
  audit: AuditExport | undefined;
  /** What the seal says in place of the truth. */
  restate: ((statement: Statement) => Statement) | undefined;
  outcome: Outcome = 'live';
  readonly rehearsal: boolean;
  now: number;

  constructor(plan: Record<string, unknown>, begin: number, rehearsal: boolean) {
    this.plan = plan;
    this.now = begin;
    this.rehearsal = rehearsal;
  }

  get planDigest(): Digest {
    return digestOf(this.plan);
  }

  record<Kind extends JournalKind>(kind: Kind, body: JournalBodies[Kind]): void {
    this.entries.push({ at: this.now, kind, body });
  }

  keep(facts: unknown): Digest {
    return this.#keepIn(this.facts, facts);
  }

  keepChunk(chunk: unknown): Digest {
    return this.#keepIn(this.chunks, chunk);
  }

  #keepIn(place: Map<Digest, unknown>, value: unknown): Digest {
    const kept = redacted(value);
    const digest = digestOf(kept);
    place.set(digest, kept);
    return digest;
  }
}

/** The entries of one kind, in their order. */
export function entriesOf<Kind extends JournalKind>({ entries }: Draft, kind: Kind): DraftEntry<Kind>[] {
  return entries.filter((entry): entry is DraftEntry<Kind> => entry.kind === kind);
}
