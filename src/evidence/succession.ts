import { z } from 'zod';
import type { Digest } from '../domain/verdict.ts';
import { decodeCanonical, digestSchema, encodeCanonical } from './canonical.ts';
import { claimPath, claimsFolder, PREVIOUS, sealPath } from './layout.ts';
import { EvidenceProblem } from './problem.ts';
import { protectionSchema } from './protection.ts';
import type { EvidenceStore } from './store.ts';

const claimSchema = z.strictObject({
  number: z.int().min(1),
  golive: z.string().min(1),
  /** Of the bundle in the store. */
  folder: z.string().min(1),
  previous: z
    .strictObject({ number: z.int().min(1), folder: z.string().min(1), manifest: digestSchema.nullable() })
    .nullable(),
});

const sealSchema = z.strictObject({
  number: z.int().min(1),
  folder: z.string().min(1),
  manifest: digestSchema,
  /** Of the envelope, null for a bundle that nobody signed. */
  envelope: digestSchema.nullable(),
  protection: protectionSchema,
});

/**
 * `previous.json`, and the same bytes beside the runs of the tenant and environment: which rollout this is, counted from 1
 * without a gap, and the bundle before it (null for the first; its manifest null where it was not sealed by then).
 */
export type Claim = Readonly<z.output<typeof claimSchema>>;

/** That a bundle was sealed, and how the store protects it: kept beside the claim, where the next run finds it. */
export type Seal = Readonly<z.output<typeof sealSchema>>;

export interface Place {
  readonly tenant: string;
  readonly environment: string;
}

/**
 * Claims the next number for the bundle in `folder`, and keeps the claim in it. A bundle that has a number keeps it, however
 * often and from wherever this is repeated. Throws what the store throws, and `broken` for a claim that cannot be read.
 */
export async function claimNumber(store: EvidenceStore, place: Place, golive: string, folder: string): Promise<Claim> {
  for (;;) {
    const claims = await claimsOf(store, place);
    const known = claims.find((claim) => claim.folder === folder);
    const claim = known ?? (await nextAfter(store, place, claims, { golive, folder }));
    if (known === undefined && !(await isClaimed(store, place, claim))) continue;
    await store.put(`${folder}/${PREVIOUS}`, encodeCanonical(claim));
    return claim;
  }
}

/** Reads `previous.json` strictly; undefined when it cannot be one. */
export function decodeClaim(bytes: Uint8Array): Claim | undefined {
  return decodeCanonical(claimSchema, bytes);
}

/** Records that a bundle was sealed. */
export async function recordSeal(store: EvidenceStore, place: Place, seal: Seal): Promise<void> {
  await store.put(sealPath(place, seal.number), encodeCanonical(seal));
}

/** False when somebody else was faster: then the number is theirs. */
async function isClaimed(store: EvidenceStore, place: Place, claim: Claim): Promise<boolean> {
  try {
    await store.put(claimPath(place, claim.number), encodeCanonical(claim));
    return true;
  } catch (error) {
    if (error instanceof EvidenceProblem && error.kind === 'conflict') return false;
    throw error;
  }
}

async function nextAfter(
  store: EvidenceStore,
  place: Place,
  claims: readonly Claim[],
  { golive, folder }: { readonly golive: string; readonly folder: string },
): Promise<Claim> {
  const [last] = claims;
  if (last === undefined) return { number: 1, golive, folder, previous: null };
  const manifest = await manifestOf(store, place, last.number);
  return { number: last.number + 1, golive, folder, previous: { number: last.number, folder: last.folder, manifest } };
}

async function manifestOf(store: EvidenceStore, place: Place, number: number): Promise<Digest | null> {
  const path = sealPath(place, number);
  if (!(await store.exists(path))) return null;
  const seal = decodeCanonical(sealSchema, await store.read(path));
  if (seal === undefined) throw new EvidenceProblem('broken', `${path}: cannot be read`);
  return seal.manifest;
}

/** Newest first. All are read: a claim of ours can be any of them, and a tenant has some hundreds a year at most. */
async function claimsOf(store: EvidenceStore, place: Place): Promise<readonly Claim[]> {
  const stored = await store.list(claimsFolder(place));
  const paths = stored.map(({ path }) => path).filter((path) => /\/[1-9]\d*\.json$/.test(path));
  const claims = await Promise.all(
    paths.map(async (path) => {
      const claim = decodeClaim(await store.read(path));
      if (claim === undefined || path !== claimPath(place, claim.number))
        throw new EvidenceProblem('broken', `${path}: cannot be read`);
      return claim;
    }),
  );
  return claims.sort((one, other) => other.number - one.number);
}
