import { z } from 'zod';
import type { JournalKind } from '../domain/journal.ts';
import { OUTCOMES } from '../domain/run.ts';
import type { Digest } from '../domain/verdict.ts';
import { digestSchema } from './canonical.ts';
import { BEFORE_THE_FIRST, chainOf, chainOfBytes, linkOf, refusalOf, type Link } from './chain.ts';
import { JOURNAL } from './layout.ts';
import { EvidenceProblem } from './problem.ts';
import { redactedMembers } from './redact.ts';
import type { EvidenceStore } from './store.ts';

/** What a caller hands in; every further member becomes part of the entry, except `previous` and `digest`, which are ours. */
export interface NewEntry {
  /** From 1, without gaps; together with the run it makes repeating an append harmless. */
  readonly sequence: number;
  /** ISO 8601 in UTC, the same on every attempt: the workflow's time. */
  readonly at: string;
  readonly kind: string;
}

/** The end of a chain: how many entries it has, and the digest of the last (64 zeros when there are none). */
export interface JournalHead {
  readonly sequence: number;
  readonly digest: Digest;
}

/** What a look at a whole journal said; `line` counts from 1. */
export type JournalVerdict =
  | { readonly ok: true; readonly head: JournalHead }
  | { readonly ok: false; readonly line: number; readonly why: string };

/** The last entry of a sealed run. After it nothing is added. */
export const CLOSING_KIND = 'journal-closed';
/** From this entry on a run is its guardian's. */
const TAKEN_OVER: JournalKind = 'taken-over';

/**
 * Appends entries to the run's journal, after redaction. An entry that is there already with the same content is skipped.
 * All or nothing is decided before the first byte; a writer killed half-way leaves whole lines, and the repeated call adds
 * the rest. Throws `conflict` (the number is taken by other content), `gap` (an earlier entry is missing), `sealed` (the
 * journal is closed), `broken` (what is stored is not a chain), `busy` (another live writer), `unusable`, `unavailable`.
 */
export async function appendEntries<Entry extends NewEntry>(
  store: EvidenceStore,
  run: string,
  entries: readonly Entry[],
): Promise<JournalHead> {
  const prepared = entries.map(prepare);
  let head: JournalHead = headOf([]);
  await store.appendLines(`${run}/${JOURNAL}`, (stored) => {
    const before = wholeChain(stored);
    const after = prepared.reduce(addEntry, before);
    head = headOf(after);
    return textOf(after.slice(before.length));
  });
  return head;
}

export const closingSchema = z.object({
  /** ISO 8601 in UTC. */
  at: z.string(),
  golive: z.string(),
  outcome: z.enum(OUTCOMES),
  rehearsal: z.boolean(),
  plan: digestSchema,
  progress: digestSchema,
  software: digestSchema,
});

/** What the closing entry says: how the run ended, and the digests of what lies beside the journal. */
export type Closing = Readonly<z.output<typeof closingSchema>>;

/** A journal that is complete. */
export interface ClosedJournal {
  readonly head: JournalHead;
  /** When its first entry was made: ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly closing: Closing;
}

/**
 * Appends what a second author has to add, after whatever is there. Its entries are numbered by the author from 1 and get the
 * next places of the journal, with `author` and `ordinal`; one that is there already is skipped. Throws as `appendEntries`.
 */
export async function continueEntries<Entry extends NewEntry>(
  store: EvidenceStore,
  run: string,
  author: string,
  entries: readonly Entry[],
): Promise<void> {
  const prepared = entries.map(prepare);
  await store.appendLines(`${run}/${JOURNAL}`, (stored) => {
    const before = wholeChain(stored);
    const known = before.filter(({ entry }) => entry['author'] === author).length;
    const after = prepared
      .filter(({ sequence }) => sequence > known)
      .map((entry, place) => ({ ...entry, author, ordinal: entry.sequence, sequence: before.length + place + 1 }))
      .reduce(addEntry, before);
    return textOf(after.slice(before.length));
  });
}

/** Whether the journal of a run was closed: with that its outcome is decided. */
export async function isJournalClosed(store: EvidenceStore, run: string): Promise<boolean> {
  if (!(await store.exists(`${run}/${JOURNAL}`))) return false;
  return isClosed(chainOfBytes(await store.read(`${run}/${JOURNAL}`)).links);
}

/** When the first entry of the journal of a run was made, ISO 8601 in UTC; undefined as long as it has none. */
export async function journalBegan(store: EvidenceStore, run: string): Promise<string | undefined> {
  if (!(await store.exists(`${run}/${JOURNAL}`))) return undefined;
  const at = chainOfBytes(await store.read(`${run}/${JOURNAL}`)).links[0]?.entry['at'];
  return typeof at === 'string' ? at : undefined;
}

/**
 * Ends the journal with a closing entry. Repeating it with the same content is harmless. A journal that was closed with other
 * content is `sealed`, or, where that is to be adopted, stays as it was closed. One without entries is `missing`. Else as
 * `appendEntries`.
 */
export async function closeJournal(
  store: EvidenceStore,
  run: string,
  wanted: Closing,
  otherwise: 'refuse' | 'adopt' = 'refuse',
): Promise<ClosedJournal> {
  let links: readonly Link[] = [];
  await store.appendLines(`${run}/${JOURNAL}`, (stored) => {
    const before = wholeChain(stored);
    const earlier = isClosed(before) ? before.slice(0, -1) : before;
    if (earlier.length === 0) throw new EvidenceProblem('missing', 'the journal has no entries');
    if (wanted.outcome !== 'destroyed' && earlier.some(({ entry }) => entry['kind'] === TAKEN_OVER))
      throw new EvidenceProblem('sealed', 'a guardian has taken over, and only it says how that ended');
    const entry = { ...wanted, kind: CLOSING_KIND, sequence: earlier.length + 1 };
    const link = linkOf(entry, headOf(earlier).digest);
    links = isClosed(before) ? before : [...before, link];
    if (links.at(-1)?.line !== link.line && otherwise === 'refuse')
      throw new EvidenceProblem('sealed', 'the journal was closed with another outcome or other content');
    return textOf(links.slice(before.length));
  });
  return closedJournal(links);
}

function closedJournal(links: readonly Link[]): ClosedJournal {
  const closing = closingSchema.safeParse(links.at(-1)?.entry).data;
  if (closing === undefined) throw new EvidenceProblem('broken', 'the closing entry of the journal cannot be read');
  return { head: headOf(links), startedAt: String(links[0]?.entry['at']), closing };
}

/** Recomputes the chain of a journal, and says the first line that does not hold and why. */
export function verifyJournal(journal: string | Uint8Array): JournalVerdict {
  const { links, broken } = typeof journal === 'string' ? chainOf(journal) : chainOfBytes(journal);
  return broken === undefined ? { ok: true, head: headOf(links) } : { ok: false, line: links.length + 1, why: broken };
}

/** Refuses what cannot be an entry, and redacts before anything is digested. */
function prepare(entry: NewEntry): NewEntry {
  const ours = ['previous', 'digest', 'author', 'ordinal'].some((name) => name in entry);
  const why = ours ? '`previous`, `digest`, `author` and `ordinal` are not handed in' : refusalOf({ ...entry });
  if (why !== undefined) throw new EvidenceProblem('unusable', `entry ${entry.sequence}: ${why}`);
  if (entry.kind === CLOSING_KIND) throw new EvidenceProblem('unusable', `only sealing writes \`${CLOSING_KIND}\``);
  return { ...redactedMembers(entry), sequence: entry.sequence, at: entry.at, kind: entry.kind };
}

function addEntry(links: readonly Link[], entry: NewEntry): readonly Link[] {
  const { sequence } = entry;
  const previous = links[sequence - 2]?.digest ?? BEFORE_THE_FIRST;
  if (sequence > links.length + 1) throw new EvidenceProblem('gap', `entry ${links.length + 1} is not there yet`);
  const link = linkOf({ ...entry }, previous);
  const stored = links[sequence - 1];
  if (stored?.line === link.line) return links;
  if (stored !== undefined) throw new EvidenceProblem('conflict', `entry ${sequence} is there with other content`);
  if (isClosed(links)) throw new EvidenceProblem('sealed', 'the journal is closed');
  return [...links, link];
}

function wholeChain(text: string): readonly Link[] {
  const { links, broken } = chainOf(text);
  if (broken === undefined) return links;
  throw new EvidenceProblem('broken', `the journal does not hold at line ${links.length + 1}: ${broken}`);
}

function headOf(links: readonly Link[]): JournalHead {
  return { sequence: links.length, digest: links.at(-1)?.digest ?? BEFORE_THE_FIRST };
}

function isClosed(links: readonly Link[]): boolean {
  return links.at(-1)?.entry['kind'] === CLOSING_KIND;
}

function textOf(links: readonly Link[]): string {
  return links.map(({ line }) => `${line}\n`).join('');
}
