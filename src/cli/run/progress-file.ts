import { z } from 'zod';
import { CONTROL_IDS, GATE_IDS, PHASES, STEP_IDS } from '../../domain/plan.ts';
import type { Progress } from '../../domain/run.ts';
import { VERDICTS } from '../../domain/verdict.ts';
import { EXIT } from '../exit-codes.ts';
import { readText } from '../read-text.ts';
import { CommandFailed } from '../surroundings.ts';

const texts = z.array(z.string());
const asked = z.looseObject({
  about: texts.optional(),
  have: z.number(),
  need: z.number(),
  from: texts,
  until: z.iso.datetime().nullable(),
});
const denial = z.looseObject({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  policy: z.string().nullable(),
  reason: z.string().nullable(),
});
const waiting = z.discriminatedUnion('kind', [
  asked.extend({
    kind: z.literal('approval'),
    what: z.enum(GATE_IDS),
    nonce: z.string(),
    shown: z.string().optional(),
    given: texts.optional(),
  }),
  asked.extend({ kind: z.literal('attestation'), what: z.enum(CONTROL_IDS), facts: z.string().optional() }),
  asked.extend({ kind: z.literal('review'), what: z.string(), items: texts, denials: z.array(denial).optional() }),
  asked.extend({ kind: z.enum(['recheck', 'hands']), what: z.enum(STEP_IDS) }),
  asked.extend({ kind: z.literal('resume'), what: z.string() }),
]);
const step = z.looseObject({
  id: z.enum(STEP_IDS),
  status: z.enum(['running', 'blocked', 'passed', 'failed', 'stopped']),
  verdict: z.enum(VERDICTS).nullable(),
  summary: z.string(),
  reasons: texts,
});
/** What is shown of a run to those who sign, and what they sign about. */
const answer = z.looseObject({
  version: z.literal(1),
  golive: z.string(),
  tenant: z.string().nullable(),
  environment: z.string().nullable(),
  release: z.string().nullable(),
  rehearsal: z.boolean(),
  trust: z.enum(['namespace', 'signed']).nullable(),
  plan: z.string().nullable(),
  state: z.string(),
  phase: z.enum(PHASES),
  traffic: z.looseObject({ percent: z.number().nullable(), confirmed: z.boolean() }),
  killSwitch: z.enum(['off', 'on', 'unknown']),
  waitingFor: z.array(waiting),
  steps: z.array(step),
  evidence: z.looseObject({ path: z.string(), manifest: z.string() }).nullable(),
});

/** Windows begins text with it. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/** The `temporal` command writes null for a list without entries. */
const LISTS = ['waitingFor', 'steps', 'from', 'reasons', 'refused', 'runbook', 'about', 'items', 'denials', 'given'];

/**
 * The answer of the `progress` query as the Temporal UI shows it or the `temporal` command prints it, from a file (`-`:
 * `stdin`): for those who sign where no Temporal server can be reached.
 * @throws {CommandFailed} when it is something else
 */
export async function readProgressFile(file: string, stdin: NodeJS.ReadStream): Promise<Progress> {
  const progress = parse(await (file === '-' ? textOf(stdin) : readText(file)));
  const problem = problemWith(progress);
  if (problem === undefined) return progress as Progress;
  throw new CommandFailed(`${file} is not the answer of a go-live to the query "progress"${problem}.`, EXIT.usage);
}

/** Where something is no such answer, as far as that is a place in it; undefined where it is one. */
function problemWith(value: unknown): string | undefined {
  const { error } = answer.safeParse(value);
  if (error === undefined) return undefined;
  const path = error.issues[0]?.path.join('.') ?? '';
  return path === '' ? '' : `: look at ${path}`;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(BYTE_ORDER_MARK, ''), (name, inner: unknown) =>
      inner === null && LISTS.includes(name) ? [] : inner,
    );
    const wrapped = z.object({ queryResult: z.array(z.unknown()).length(1) }).safeParse(value);
    return wrapped.success ? wrapped.data.queryResult[0] : value;
  } catch {
    return undefined;
  }
}

async function textOf(stdin: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
