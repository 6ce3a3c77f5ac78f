import pMap from 'p-map';
import type { Outcome, SealedEvidence } from '../domain/run.ts';
import type { Digest } from '../domain/verdict.ts';
import { encodeCanonical } from './canonical.ts';
import { digestOfBytes } from './digest.ts';
import type { Signer } from './dsse.ts';
import { signStatement } from './endorse.ts';
import { AT_ONCE, inspectBundle, type BundleFiles } from './inspect.ts';
import { closeJournal, type Closing } from './journal.ts';
import { AFTER_MANIFEST, MANIFEST, PLAN, PROGRESS, roleOf } from './layout.ts';
import { decodeManifest, describeFile, encodeManifest, FORMAT, type Manifest } from './manifest.ts';
import { keepOnce } from './once.ts';
import { EvidenceProblem } from './problem.ts';
import { weakerOf, type Protection } from './protection.ts';
import { redacted } from './redact.ts';
import { keepSoftware, type Software } from './software.ts';
import { softwareSaid, type PolicyContent } from './statement.ts';
import type { EvidenceStore } from './store.ts';
import { claimNumber, recordSeal, type Place } from './succession.ts';

/** What a bundle is sealed with; the same on every attempt. */
export interface SealInput extends Place {
  /** Workflow id of the go-live. */
  readonly golive: string;
  /** When it was decided to seal: ISO 8601 in UTC, the workflow's time. */
  readonly at: string;
  readonly outcome: Outcome;
  readonly rehearsal: boolean;
  /** As it was digested: where `progress.plan` names a digest, it is the one of this. */
  readonly plan: unknown;
  readonly progress: unknown;
  readonly policies: readonly PolicyContent[];
}

/** A file for people. `path` is relative to the bundle. */
export interface Companion {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Makes what lies beside the evidence for people, of the files that are there by then and of nothing else. */
export type CompanionsOf = (files: BundleFiles) => Promise<readonly Companion[]>;

/** What this process seals with. */
export interface SealTools {
  readonly software: Software;
  /** The operator's key; without one, which only rehearsals may be, nobody vouches for the bundle. */
  readonly signer: Signer | undefined;
  readonly companionsOf: CompanionsOf;
}

/** The receipt of a bundle that was read back and matched. `path` is the folder in the store. */
export interface SealedBundle extends SealedEvidence {
  /** How many files the manifest lists. */
  readonly files: number;
  /** Counts the rollouts of the tenant and environment from 1. */
  readonly number: number;
  /** Of the least protected file. */
  readonly protection: Protection;
}

/**
 * Seals the run's folder: stores plan and progress, closes the journal, takes the next number of its tenant and environment,
 * and makes a report and the like, a manifest of every file and a signed statement about it; then reads everything back and compares.
 * Closing the journal is the point of no return, so a seal that died half-way is finished by repeating it with the same
 * input, and repeating a finished one answers the same. Any other input is `sealed`, and so is a file that came into the
 * folder since; what does not match on reading back, or is not protected as it must be, is `broken`.
 *
 * A run that was destroyed may have begun to seal itself. Then `destroyed` finishes what it began: how it ended was decided.
 */
export async function sealBundle(
  store: EvidenceStore,
  run: string,
  input: SealInput,
  { software, signer, companionsOf }: SealTools,
): Promise<SealedBundle> {
  const { identity, digest } = await keepSoftware(store, run, software);
  const documents = await keepDocuments(store, run, input);
  const { golive, at, outcome, rehearsal, tenant, environment } = input;
  const wanted = { at, golive, outcome, rehearsal, ...documents, software: digest };
  const { closing, head, startedAt } = await closeJournal(store, run, wanted, beforeOf(input));

  const { number, previous } = await claimNumber(store, input, golive, run);
  for (const { path, bytes } of await companionsOf(await evidenceFiles(store, run)))
    await keepOnce(store, `${run}/${path}`, bytes);
  const manifest = await describeFolder(store, run, closing);
  await putManifest(store, run, manifest);
  const envelope = await signStatement(store, run, signer, digestOfBytes(encodeManifest(manifest)), {
    format: FORMAT,
    golive,
    tenant,
    environment,
    outcome: closing.outcome,
    rehearsal: closing.rehearsal,
    startedAt,
    endedAt: closing.at,
    number,
    previous,
    plan: closing.plan,
    policies: [...input.policies],
    journal: head,
    software: softwareSaid(identity),
  });
  const { protection, files } = await readBack(store, run, manifest);
  const seal = { number, folder: run, manifest: digestOfBytes(encodeManifest(manifest)), envelope, protection };
  await recordSeal(store, input, seal);
  return { path: run, manifest: seal.manifest, files, number, protection };
}

/** What to do with what the run itself has said before. */
function beforeOf({ outcome }: SealInput): 'refuse' | 'adopt' {
  return outcome === 'destroyed' ? 'adopt' : 'refuse';
}

/** The plan stays as people approved it, to the byte: it is bound by its digest and cannot name a secret. */
async function keepDocuments(
  store: EvidenceStore,
  run: string,
  input: SealInput,
): Promise<{ readonly plan: Digest; readonly progress: Digest }> {
  const plan = encodeCanonical(input.plan);
  const progress = redacted(input.progress);
  refuseOtherPlan(progress, digestOfBytes(plan));
  await store.put(`${run}/${PLAN}`, plan);
  const wanted = encodeCanonical(progress);
  const kept = await keepOnce(store, `${run}/${PROGRESS}`, wanted);
  if (beforeOf(input) === 'refuse' && !Buffer.from(kept).equals(wanted))
    throw new EvidenceProblem('sealed', `${run}: was sealed before, with another progress`);
  return { plan: digestOfBytes(plan), progress: digestOfBytes(kept) };
}

function refuseOtherPlan(progress: unknown, digest: Digest): void {
  if (typeof progress !== 'object' || progress === null || !('plan' in progress)) return;
  if (progress.plan === null || progress.plan === digest) return;
  throw new EvidenceProblem('unusable', 'the plan is not the one that the progress names');
}

async function bundleFiles(store: EvidenceStore, run: string): Promise<BundleFiles> {
  const stored = await store.list(run);
  const files = stored.map(({ path, sizeBytes }) => ({ path: path.slice(run.length + 1), sizeBytes }));
  return { files, read: (path) => store.read(`${run}/${path}`) };
}

/** Without what an attempt before this one may have made of them. */
async function evidenceFiles(store: EvidenceStore, run: string): Promise<BundleFiles> {
  const { files, read } = await bundleFiles(store, run);
  return { files: files.filter(({ path }) => roleOf(path) !== 'report' && roleOf(path) !== 'manual'), read };
}

async function describeFolder(
  store: EvidenceStore,
  run: string,
  { golive, outcome, rehearsal }: Closing,
): Promise<Manifest> {
  const { files, read } = await bundleFiles(store, run);
  const listed = files.filter(({ path }) => path !== MANIFEST && !AFTER_MANIFEST.includes(path));
  const described = await pMap(listed, async ({ path }) => describeFile(path, await read(path)), AT_ONCE);
  return { format: FORMAT, golive, outcome, rehearsal, files: described };
}

async function putManifest(store: EvidenceStore, run: string, manifest: Manifest): Promise<void> {
  const bytes = await keepOnce(store, `${run}/${MANIFEST}`, encodeManifest(manifest));
  if (Buffer.from(bytes).equals(encodeManifest(manifest))) return;
  const sealed = decodeManifest(bytes);
  const differing = typeof sealed === 'string' ? [MANIFEST] : differingPaths(sealed, manifest);
  throw new EvidenceProblem('sealed', `${run}: was sealed before, without ${differing.join(', ')} as it is now`);
}

function differingPaths(sealed: Manifest, now: Manifest): readonly string[] {
  const before = new Map(sealed.files.map(({ path, sha256 }) => [path, sha256]));
  const changed = now.files.filter(({ path, sha256 }) => before.get(path) !== sha256).map(({ path }) => path);
  const kept = new Set(now.files.map(({ path }) => path));
  return [...changed, ...[...before.keys()].filter((path) => !kept.has(path))];
}

async function readBack(
  store: EvidenceStore,
  run: string,
  manifest: Manifest,
): Promise<Pick<SealedBundle, 'files' | 'protection'>> {
  const bundle = await bundleFiles(store, run);
  const verdict = await inspectBundle(bundle, digestOfBytes(encodeManifest(manifest)));
  if (verdict.ok) return { files: verdict.files, protection: await protectionOf(store, run, bundle) };
  const [first] = verdict.problems;
  throw new EvidenceProblem(
    'broken',
    `${run}: reading back found that ${first?.path ?? MANIFEST} ${first?.why ?? 'differs'}`,
  );
}

async function protectionOf(store: EvidenceStore, run: string, { files }: BundleFiles): Promise<Protection> {
  const [first, ...others] = await pMap(files, ({ path }) => store.protectionOf(`${run}/${path}`), AT_ONCE);
  return others.reduce(weakerOf, first ?? (await store.protectionOf(`${run}/${MANIFEST}`)));
}
