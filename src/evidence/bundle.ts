import type { SealedEvidence } from '../domain/run.ts';
import { canonicalJson, digestOf, digestOfBytes } from './digest.ts';
import { inspectBundle, type BundleFiles } from './inspect.ts';
import { closeJournal } from './journal.ts';
import { MANIFEST, PLAN, PROGRESS, SOFTWARE } from './layout.ts';
import { decodeManifest, describeFile, encodeManifest, FORMAT, type Manifest, type SealedOutcome } from './manifest.ts';
import { EvidenceProblem } from './problem.ts';
import { redacted } from './redact.ts';
import type { EvidenceStore } from './store.ts';

/** What a bundle is sealed with; the same on every attempt. */
export interface SealInput {
  /** Workflow id of the go-live. */
  readonly golive: string;
  /** When it was decided to seal: ISO 8601 in UTC, the workflow's time. */
  readonly at: string;
  readonly outcome: SealedOutcome;
  readonly rehearsal: boolean;
  /** As it was digested: where `progress.plan` names a digest, it is the one of this. */
  readonly plan: unknown;
  readonly progress: unknown;
  /** What ran: version, digest of the workflow bundle, versions of libraries. */
  readonly software: unknown;
}

/** The receipt of a bundle that was read back and matched. `path` is the folder in the store. */
export interface SealedBundle extends SealedEvidence {
  /** How many files the manifest lists. */
  readonly files: number;
}

/**
 * Seals the run's folder: closes the journal, stores plan, progress and software, and a manifest of every file; then reads
 * everything back and compares. Closing the journal is the point of no return, so a seal that died half-way is finished by
 * repeating it with the same input, and repeating a finished one answers the same. Any other input is `sealed`, and so is a
 * file that came into the folder since; what does not match on reading back is `broken`.
 */
export async function sealBundle(store: EvidenceStore, run: string, input: SealInput): Promise<SealedBundle> {
  const documents = documentsOf(input);
  const { golive, at, outcome, rehearsal } = input;
  const digests = { plan: digestOf(documents.plan), progress: digestOf(documents.progress) };
  refuseOtherPlan(documents.progress, digests.plan);
  await closeJournal(store, run, {
    at,
    golive,
    outcome,
    rehearsal,
    ...digests,
    software: digestOf(documents.software),
  });

  await putJson(store, `${run}/${PLAN}`, documents.plan);
  await putJson(store, `${run}/${PROGRESS}`, documents.progress);
  await putJson(store, `${run}/${SOFTWARE}`, documents.software);
  const manifest = await describeFolder(store, run, input);
  await putManifest(store, run, manifest);
  return readBack(store, run, manifest);
}

/** The plan stays as people approved it, to the byte: it is bound by its digest and cannot name a secret. */
function documentsOf({ plan, progress, software }: SealInput) {
  return { plan, progress: redacted(progress), software: redacted(software) };
}

function refuseOtherPlan(progress: unknown, digest: string): void {
  if (typeof progress !== 'object' || progress === null || !('plan' in progress)) return;
  if (progress.plan === null || progress.plan === digest) return;
  throw new EvidenceProblem('unusable', 'the plan is not the one that the progress names');
}

async function putJson(store: EvidenceStore, path: string, value: unknown): Promise<void> {
  await store.put(path, Buffer.from(canonicalJson(value), 'utf8'));
}

async function bundleFiles(store: EvidenceStore, run: string): Promise<BundleFiles> {
  const stored = await store.list(run);
  const files = stored.map(({ path, sizeBytes }) => ({ path: path.slice(run.length + 1), sizeBytes }));
  return { files, read: (path) => store.read(`${run}/${path}`) };
}

async function describeFolder(store: EvidenceStore, run: string, input: SealInput): Promise<Manifest> {
  const { files, read } = await bundleFiles(store, run);
  const listed = files.filter(({ path }) => path !== MANIFEST);
  const described: Manifest['files'] = [];
  for (const { path } of listed) described.push(describeFile(path, await read(path)));
  return { format: FORMAT, golive: input.golive, outcome: input.outcome, rehearsal: input.rehearsal, files: described };
}

async function putManifest(store: EvidenceStore, run: string, manifest: Manifest): Promise<void> {
  try {
    await store.put(`${run}/${MANIFEST}`, encodeManifest(manifest));
  } catch (error) {
    if (!(error instanceof EvidenceProblem) || error.kind !== 'conflict') throw error;
    const sealed = decodeManifest(await store.read(`${run}/${MANIFEST}`));
    const differing = typeof sealed === 'string' ? [MANIFEST] : differingPaths(sealed, manifest);
    throw new EvidenceProblem('sealed', `${run}: was sealed before, without ${differing.join(', ')} as it is now`);
  }
}

function differingPaths(sealed: Manifest, now: Manifest): readonly string[] {
  const before = new Map(sealed.files.map(({ path, sha256 }) => [path, sha256]));
  const changed = now.files.filter(({ path, sha256 }) => before.get(path) !== sha256).map(({ path }) => path);
  const kept = new Set(now.files.map(({ path }) => path));
  return [...changed, ...[...before.keys()].filter((path) => !kept.has(path))];
}

async function readBack(store: EvidenceStore, run: string, manifest: Manifest): Promise<SealedBundle> {
  const digest = digestOfBytes(encodeManifest(manifest));
  const verdict = await inspectBundle(await bundleFiles(store, run), digest);
  if (verdict.ok) return { path: run, manifest: digest, files: verdict.files };
  const [first] = verdict.problems;
  throw new EvidenceProblem(
    'broken',
    `${run}: reading back found that ${first?.path ?? MANIFEST} ${first?.why ?? 'differs'}`,
  );
}
