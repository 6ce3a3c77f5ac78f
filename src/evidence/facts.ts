import type { Digest } from '../domain/verdict.ts';
import { encodeCanonical } from './canonical.ts';
import { digestOfBytes } from './digest.ts';
import { factsPath, PREVIOUS, samplesPath } from './layout.ts';
import { EvidenceProblem } from './problem.ts';
import { redacted } from './redact.ts';
import type { EvidenceStore } from './store.ts';

/**
 * Keeps the facts behind a finding, after redaction, and answers their digest, by which they are found again. The same facts
 * are kept once. Throws `unusable` for what has no canonical JSON, and `sealed` for new facts of a run whose bundle is
 * closed; a straggler would otherwise spoil the bundle.
 */
export function keepFacts(store: EvidenceStore, run: string, facts: unknown): Promise<Digest> {
  return keep(store, run, facts, factsPath);
}

/** The same for a chunk of raw samples. */
export function keepSamples(store: EvidenceStore, run: string, chunk: unknown): Promise<Digest> {
  return keep(store, run, chunk, samplesPath);
}

/**
 * Facts that were kept, once more. Throws `missing` when they are not there and `broken` when they are others by now.
 */
export async function readFacts(store: EvidenceStore, run: string, digest: Digest): Promise<unknown> {
  const path = `${run}/${factsPath(digest)}`;
  const bytes = await store.read(path);
  if (digestOfBytes(bytes) !== digest) throw new EvidenceProblem('broken', `${path}: does not fit its digest`);
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

/**
 * Whether nothing may come into the folder any more: its seal has begun, and what came between its list of the files and its
 * manifest would spoil the bundle for good.
 */
export function isClosed(store: EvidenceStore, run: string): Promise<boolean> {
  return store.exists(`${run}/${PREVIOUS}`);
}

async function keep(
  store: EvidenceStore,
  run: string,
  facts: unknown,
  pathOf: (digest: Digest) => string,
): Promise<Digest> {
  const bytes = encodeCanonical(redacted(facts));
  const digest = digestOfBytes(bytes);
  const path = `${run}/${pathOf(digest)}`;
  if (!(await store.exists(path)) && (await isClosed(store, run)))
    throw new EvidenceProblem('sealed', `${run}: the bundle is closed`);
  await store.put(path, bytes);
  return digest;
}
