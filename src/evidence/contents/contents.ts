import { readKeySet, type KeySet } from '../../approvals/key-set.ts';
import { planSchema, type Plan } from '../../domain/plan-schema.ts';
import { parseStrictJson } from '../../domain/strict-json.ts';
import type { Digest } from '../../domain/verdict.ts';
import type { SampleChunk } from '../../metrics/recording.ts';
import { chainOfBytes } from '../chain.ts';
import { digestOf, digestOfBytes } from '../digest.ts';
import type { BundleFiles, BundleProblem } from '../inspect.ts';
import type { Closing } from '../journal.ts';
import { JOURNAL, PLAN } from '../layout.ts';
import { decodeUtf8 } from '../../domain/utf8.ts';
import { readClosing, readEntries, type Entry } from './entries.ts';
import { readChunk } from './samples.ts';
import { windowsIn, type WindowFacts } from './windows.ts';

/** The files of a run's folder, read and parsed. That their digests fit is for others to say. */
export interface Contents {
  readonly plan: Plan;
  readonly planDigest: Digest;
  readonly entries: readonly Entry[];
  /** How the journal was closed; undefined while the run goes on. */
  readonly closing: Closing | undefined;
  readonly facts: ReadonlyMap<Digest, unknown>;
  readonly windows: ReadonlyMap<Digest, WindowFacts>;
  readonly chunks: ReadonlyMap<Digest, SampleChunk>;
  /** Signed decisions, by the digest of their id. */
  readonly tokens: ReadonlyMap<Digest, string>;
  readonly keySets: readonly KeySet[];
}

export type ContentsReading =
  | { readonly ok: true; readonly contents: Contents }
  | { readonly ok: false; readonly problems: readonly BundleProblem[] };

/** Reads what a run left behind. Every file that is not what its place says is a problem; unknown places are passed over. */
export async function readContents(bundle: BundleFiles): Promise<ContentsReading> {
  const bytes = new Map(
    await Promise.all(bundle.files.map(async ({ path }) => [path, await bundle.read(path)] as const)),
  );
  const problems: BundleProblem[] = [];
  const found = {
    plan: planIn(bytes.get(PLAN), problems),
    journal: entriesIn(bytes.get(JOURNAL), problems),
    facts: parsedBelow('facts', bytes, (value) => value, problems),
    chunks: parsedBelow('metrics', bytes, readChunk, problems),
  };
  if (found.plan === undefined || problems.length > 0) return { ok: false, problems };
  const { journal, facts, chunks } = found;
  const windows = windowsIn(facts);
  return { ok: true, contents: { ...found.plan, ...journal, facts, windows, chunks, ...approvalsIn(bytes) } };
}

type Files = ReadonlyMap<string, Uint8Array>;

type PlanRead = Pick<Contents, 'plan' | 'planDigest'>;

/** The plan as it lies in the bundle; undefined for anything else. */
export function readPlan(bytes: Uint8Array): PlanRead | undefined {
  const read = parseStrictJson(bytes);
  const plan = read.ok ? planSchema.safeParse(read.value).data : undefined;
  return read.ok && plan !== undefined ? { plan, planDigest: digestOf(read.value) } : undefined;
}

function planIn(bytes: Uint8Array | undefined, problems: BundleProblem[]): PlanRead | undefined {
  const read = bytes && readPlan(bytes);
  if (read === undefined)
    problems.push({ path: PLAN, why: bytes === undefined ? 'is missing' : 'is not a valid plan' });
  return read;
}

function entriesIn(bytes: Uint8Array | undefined, problems: BundleProblem[]): Pick<Contents, 'entries' | 'closing'> {
  const { links, broken } = chainOfBytes(bytes ?? new Uint8Array());
  const read = readEntries(links);
  if (broken !== undefined) problems.push({ path: JOURNAL, why: `line ${links.length + 1}: ${broken}` });
  else if (!read.ok) problems.push({ path: JOURNAL, why: `line ${read.line}: not an entry of this kind` });
  return { entries: read.ok ? read.entries : [], closing: readClosing(links.at(-1)) };
}

function parsedBelow<Value>(
  folder: 'facts' | 'metrics',
  files: Files,
  read: (value: unknown) => Value | undefined,
  problems: BundleProblem[],
): ReadonlyMap<Digest, Value> {
  const found = new Map<Digest, Value>();
  for (const [path, bytes] of files) {
    if (!path.startsWith(`${folder}/`)) continue;
    const digest = digestOfBytes(bytes);
    const value = digest === digestNamedBy(path) ? read(parsed(bytes)) : undefined;
    if (value === undefined) problems.push({ path, why: 'is not what its name says' });
    else found.set(digest, value);
  }
  return found;
}

function approvalsIn(files: Files): Pick<Contents, 'tokens' | 'keySets'> {
  const tokens = new Map<Digest, string>();
  const keySets: KeySet[] = [];
  for (const [path, bytes] of files) {
    if (/^approvals\/[0-9a-f]{64}\.jws$/.test(path)) tokens.set(digestNamedBy(path), decodeUtf8(bytes) ?? '');
    const keys = /^approvals\/keys-[0-9a-f]{64}\.json$/.test(path) ? readKeySet(parsed(bytes)) : undefined;
    if (keys !== undefined) keySets.push(keys);
  }
  return { tokens, keySets };
}

function digestNamedBy(path: string): Digest {
  return `sha256:${/([0-9a-f]{64})\.[a-z]+$/.exec(path)?.[1] ?? ''}`;
}

function parsed(bytes: Uint8Array): unknown {
  const read = parseStrictJson(bytes);
  return read.ok ? read.value : undefined;
}
