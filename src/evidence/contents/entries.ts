import { z } from 'zod';
import type { JournalBodies, JournalKind } from '../../domain/journal.ts';
import { MESSAGE_NAMES } from '../../domain/messages.ts';
import { CONTROL_IDS, GATE_IDS, STEP_IDS } from '../../domain/plan.ts';
import { VERDICTS } from '../../domain/verdict.ts';
import type { Link } from '../chain.ts';
import { digestSchema } from '../canonical.ts';
import { CLOSING_KIND, closingSchema, type Closing } from '../journal.ts';
import { OUTCOMES } from '../../domain/run.ts';

const text = z.string();
const step = z.enum(STEP_IDS);
const gate = z.enum(GATE_IDS);
const outcome = z.enum(OUTCOMES);

/** The entries that readers judge or tell. Journals may hold others, which are proven to be unchanged and nothing else. */
const bodies = {
  admitted: z.object({
    golive: text,
    plan: digestSchema,
    release: text,
    requestedBy: text,
    trust: z.enum(['namespace', 'signed']),
    rehearsal: z.boolean(),
  }),
  message: z.object({
    name: z.enum(MESSAGE_NAMES),
    by: text,
    counted: z.boolean(),
    text,
    said: z.unknown(),
    decision: digestSchema.nullable(),
  }),
  'gate-opened': z.object({
    gate,
    nonce: text,
    shown: digestSchema,
    need: z.int(),
    people: z.array(text),
    groups: z.array(text),
    until: z.iso.datetime(),
  }),
  'approval-void': z.object({ gate, nonce: text, why: text }),
  'step-started': z.object({ step, title: text }),
  'step-settled': z.object({
    step,
    status: z.enum(['running', 'blocked', 'passed', 'failed', 'stopped']),
    verdict: z.enum(VERDICTS),
    summary: text,
    reasons: z.array(text),
    evidence: digestSchema.nullable(),
    subject: digestSchema.nullable(),
  }),
  'word-void': z.object({ control: z.enum(CONTROL_IDS), by: text, why: text }),
  'window-extended': z.object({ step, milliseconds: z.number(), because: z.array(text) }),
  held: z.object({ why: text }),
  undone: z.object({ step, summary: text, evidence: digestSchema.nullable() }),
  stopped: z.object({ outcome, why: text, by: text.nullable() }),
  'taken-over': z.object({ golive: text, why: text }),
  'paging-failed': z.object({ text, why: text }),
  ended: z.object({ outcome }),
} as const satisfies { readonly [Kind in JournalKind]?: z.ZodType<Partial<JournalBodies[Kind]>> };

export type ReadKind = keyof typeof bodies;

/** One entry of a journal. `at` is epoch milliseconds. */
export type Entry<Kind extends ReadKind = ReadKind> = {
  readonly [Each in Kind]: {
    readonly sequence: number;
    readonly at: number;
    readonly kind: Each;
    readonly body: z.output<(typeof bodies)[Each]>;
  };
}[Kind];

/** Entries of a journal as far as they are read, or the line, from 1, that is none. */
export type EntriesReading =
  { readonly ok: true; readonly entries: readonly Entry[] } | { readonly ok: false; readonly line: number };

/** Reads the links of a journal that is a whole chain. */
export function readEntries(links: readonly Link[]): EntriesReading {
  const entries: Entry[] = [];
  for (const { entry } of links) {
    if (entry['kind'] === CLOSING_KIND || !isReadKind(entry['kind'])) continue;
    const read = readEntry(entry['kind'], entry);
    if (read === undefined) return { ok: false, line: Number(entry['sequence']) };
    entries.push(read);
  }
  return { ok: true, entries };
}

/** The closing entry, if this is one. */
export function readClosing(link: Link | undefined): Closing | undefined {
  return link?.entry['kind'] === CLOSING_KIND ? closingSchema.safeParse(link.entry).data : undefined;
}

export function isOf<Kind extends ReadKind>(kind: Kind) {
  return (entry: Entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind;
}

function isReadKind(kind: unknown): kind is ReadKind {
  return typeof kind === 'string' && Object.hasOwn(bodies, kind);
}

function readEntry(kind: ReadKind, entry: Readonly<Record<string, unknown>>): Entry | undefined {
  const body = bodies[kind].safeParse(entry['body']);
  const at = Date.parse(String(entry['at']));
  if (!body.success || Number.isNaN(at)) return undefined;
  return { sequence: Number(entry['sequence']), at, kind, body: body.data } as Entry;
}
