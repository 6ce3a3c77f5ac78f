import { personKey } from '../../../src/domain/person.ts';
import type { JournalEntry } from '../../../src/domain/journal.ts';
import type { GateId } from '../../../src/domain/plan.ts';
import { isEntry, type RunRecord } from '../record.ts';

/** One opening of a gate, by the journal: what was asked, and who approved. */
export interface Opening {
  readonly gate: GateId;
  readonly nonce: string;
  readonly need: number;
  /** Epoch milliseconds of each. */
  readonly approvals: readonly { readonly by: string; readonly at: number; readonly plan: unknown }[];
  readonly at: number;
  /** From when on its approvals counted no more. */
  readonly voidAt: number;
}

/** What an approval said, as the journal keeps it. */
interface Approval {
  readonly gate?: unknown;
  readonly plan?: unknown;
}

/** Every opening of every gate, in order. */
export function openingsOf({ journal }: RunRecord): readonly Opening[] {
  return journal.reduce<readonly Opening[]>((openings, entry) => {
    if (isEntry(entry, 'gate-opened')) {
      const { gate, nonce, need } = entry.body;
      return [...openings, { gate, nonce, need, approvals: [], at: Date.parse(entry.at), voidAt: Infinity }];
    }
    if (isEntry(entry, 'approval-void')) {
      const { nonce } = entry.body;
      return openings.map((it) => (it.nonce === nonce ? { ...it, voidAt: Date.parse(entry.at) } : it));
    }
    return isEntry(entry, 'message') && entry.body.name === 'approve' && entry.body.counted
      ? withApproval(openings, entry)
      : openings;
  }, []);
}

/** How many different people had approved the newest opening of this gate at this moment, the requester apart. */
export function quorumAt(
  record: RunRecord,
  gate: GateId,
  at: number,
): { readonly have: number; readonly need: number } {
  const opening = openingsOf(record).findLast((it) => it.gate === gate && it.at <= at && it.voidAt > at);
  const requester = personKey(record.plan.requestedBy);
  const given = (opening?.approvals ?? []).filter((it) => it.at <= at);
  const decidedAt = given.at(-1)?.at ?? at;
  // What had expired when the last of them came did not count towards it.
  const people = given.filter((it) => it.at + validity(record, gate) > decidedAt).map(({ by }) => personKey(by));
  const have = new Set(people.filter((person) => person !== requester)).size;
  return { have, need: record.plan.gates[gate].approvals };
}

/** Milliseconds for which an approval is good, by the clock of the run. */
export function validity({ plan: { gates, clock } }: RunRecord, gate: GateId): number {
  return gates[gate].validFor / clock.speed;
}

function withApproval(openings: readonly Opening[], { at, body }: JournalEntry<'message'>): readonly Opening[] {
  const said = body.said as Approval | null;
  const last = openings.findLastIndex(({ gate }) => gate === said?.gate);
  const approval = { by: body.by, at: Date.parse(at), plan: said?.plan };
  return openings.map((it, index) => (index === last ? { ...it, approvals: [...it.approvals, approval] } : it));
}
