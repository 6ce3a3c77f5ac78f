import pMap from 'p-map';
import type { Digest } from '../domain/verdict.ts';
import { chainOfBytes, type Link } from './chain.ts';
import { digestOfBytes } from './digest.ts';
import { CLOSING_KIND, verifyJournal, type JournalHead } from './journal.ts';
import { AFTER_MANIFEST, JOURNAL, MANIFEST, PLAN, PROGRESS, SOFTWARE } from './layout.ts';
import { decodeManifest, describeFile, type Manifest } from './manifest.ts';
import type { Outcome } from '../domain/run.ts';
import type { StoredFile } from './store.ts';

/** A bundle to look at, wherever it lies. Paths are relative to the bundle. */
export interface BundleFiles {
  readonly files: readonly StoredFile[];
  readonly read: (path: string) => Promise<Uint8Array>;
}

export interface BundleProblem {
  /** Relative to the bundle. */
  readonly path: string;
  readonly why: string;
}

/** What looking at a bundle proved, or everything that is wrong with it. */
export type BundleVerdict =
  | {
      readonly ok: true;
      readonly golive: string;
      readonly outcome: Outcome;
      readonly rehearsal: boolean;
      readonly manifest: Digest;
      /** How many files the manifest lists. */
      readonly files: number;
      readonly journal: JournalHead;
    }
  | { readonly ok: false; readonly problems: readonly BundleProblem[] };

const LARGEST_MANIFEST_BYTES = 8 * 1024 * 1024;
/** A bucket takes its time for every file, and no longer for several: a day of traffic leaves a thousand of them. */
export const AT_ONCE = { concurrency: 16 };

/**
 * Recomputes every digest and the chain of a bundle, and compares manifest, files and journal with each other. `expected` is
 * the digest of the manifest as somebody else keeps it, such as the workflow's result: without it, a bundle that was
 * replaced as a whole looks like a good one.
 */
export async function inspectBundle(bundle: BundleFiles, expected?: Digest): Promise<BundleVerdict> {
  const bytes = await readManifest(bundle);
  if (typeof bytes === 'string') return refused(MANIFEST, bytes);
  const digest = digestOfBytes(bytes);
  if (expected !== undefined && digest !== expected) return refused(MANIFEST, 'is not the manifest that was expected');
  const manifest = decodeManifest(bytes);
  if (typeof manifest === 'string') return refused(MANIFEST, manifest);

  const problems = [...unknownFiles(bundle, manifest), ...(await changedFiles(bundle, manifest))];
  if (problems.length > 0) return { ok: false, problems };
  const journal = await journalOf(bundle, manifest);
  if (typeof journal === 'string') return refused(JOURNAL, journal);
  const { golive, outcome, rehearsal, files } = manifest;
  return { ok: true, golive, outcome, rehearsal, manifest: digest, files: files.length, journal };
}

function refused(path: string, why: string): BundleVerdict {
  return { ok: false, problems: [{ path, why }] };
}

async function readManifest(bundle: BundleFiles): Promise<Uint8Array | string> {
  const found = bundle.files.find(({ path }) => path === MANIFEST);
  if (found === undefined) return 'is missing';
  return found.sizeBytes > LARGEST_MANIFEST_BYTES ? 'is too large' : bundle.read(MANIFEST);
}

function unknownFiles(bundle: BundleFiles, manifest: Manifest): readonly BundleProblem[] {
  const known = new Set([MANIFEST, ...AFTER_MANIFEST, ...manifest.files.map(({ path }) => path)]);
  const unknown = bundle.files.filter(({ path }) => !known.has(path));
  return unknown.map(({ path }) => ({ path, why: 'is not in the manifest' }));
}

async function changedFiles(bundle: BundleFiles, manifest: Manifest): Promise<readonly BundleProblem[]> {
  const sizes = new Map(bundle.files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  const problemOf = async ({ path, ...said }: Manifest['files'][number]): Promise<string | undefined> => {
    const sizeBytes = sizes.get(path);
    if (sizeBytes === undefined) return 'is missing';
    if (sizeBytes !== said.sizeBytes) return 'has another size';
    return describeFile(path, await bundle.read(path)).sha256 === said.sha256 ? undefined : 'has another digest';
  };
  const problems = await pMap(
    manifest.files,
    async (said) => {
      const why = await problemOf(said);
      return why === undefined ? [] : [{ path: said.path, why }];
    },
    AT_ONCE,
  );
  return problems.flat();
}

/** The journal's head, or why the journal does not prove what the manifest says. */
async function journalOf(bundle: BundleFiles, manifest: Manifest): Promise<JournalHead | string> {
  if (!manifest.files.some(({ path }) => path === JOURNAL)) return 'is missing';
  const bytes = await bundle.read(JOURNAL);
  const verdict = verifyJournal(bytes);
  if (!verdict.ok) return `line ${verdict.line}: ${verdict.why}`;
  const last = chainOfBytes(bytes).links.at(-1);
  return closes(last, manifest) ? verdict.head : 'its closing entry does not fit the manifest';
}

function closes(last: Link | undefined, manifest: Manifest): boolean {
  if (last?.entry['kind'] !== CLOSING_KIND) return false;
  const { golive, outcome, rehearsal, files } = manifest;
  const digestAt = (wanted: string) => `sha256:${files.find(({ path }) => path === wanted)?.sha256 ?? ''}`;
  const documents = { plan: digestAt(PLAN), progress: digestAt(PROGRESS), software: digestAt(SOFTWARE) };
  return Object.entries({ golive, outcome, rehearsal, ...documents }).every(
    ([key, value]) => last.entry[key] === value,
  );
}
