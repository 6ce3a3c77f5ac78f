import { z } from 'zod';
import type { Progress } from '../../domain/run.ts';
import { EXIT } from '../exit-codes.ts';
import { readText } from '../read-text.ts';
import { CommandFailed } from '../surroundings.ts';

const waiting = z.looseObject({
  kind: z.enum(['approval', 'attestation', 'review', 'recheck', 'hands', 'resume']),
  what: z.string(),
  have: z.number(),
  need: z.number(),
  from: z.array(z.string()),
  until: z.iso.datetime().nullable(),
});
const step = z.looseObject({ id: z.string(), status: z.string(), summary: z.string(), reasons: z.array(z.string()) });
const answer = z.looseObject({
  version: z.literal(1),
  golive: z.string(),
  tenant: z.string().nullable(),
  environment: z.string().nullable(),
  release: z.string().nullable(),
  trust: z.enum(['namespace', 'signed']).nullable(),
  plan: z.string().nullable(),
  state: z.string(),
  phase: z.string(),
  traffic: z.looseObject({ percent: z.number().nullable(), confirmed: z.boolean() }),
  waitingFor: z.array(waiting),
  steps: z.array(step),
});

/** The `temporal` command writes null for a list without entries. */
const LISTS = ['waitingFor', 'steps', 'from', 'reasons', 'refused', 'runbook', 'about', 'items', 'denials', 'given'];

/**
 * The answer of the `progress` query as the Temporal UI shows it or the `temporal` command prints it, from a file (`-`:
 * `stdin`): for those who sign where no Temporal server can be reached.
 * @throws {CommandFailed} when it is something else
 */
export async function readProgressFile(file: string, stdin: NodeJS.ReadStream): Promise<Progress> {
  const progress = parse(await (file === '-' ? textOf(stdin) : readText(file)));
  if (isProgress(progress)) return progress;
  throw new CommandFailed(`${file} is not the answer of a go-live to the query "progress".`, EXIT.usage);
}

function isProgress(value: unknown): value is Progress {
  return answer.safeParse(value).success;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, (name, inner: unknown) =>
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
