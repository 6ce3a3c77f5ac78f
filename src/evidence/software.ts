import { z } from 'zod';
import type { Digest } from '../domain/verdict.ts';
import { decodeCanonical, digestSchema, encodeCanonical } from './canonical.ts';
import { digestOfBytes } from './digest.ts';
import { SBOM, SOFTWARE } from './layout.ts';
import { keepOnce } from './once.ts';
import { EvidenceProblem } from './problem.ts';
import type { EvidenceStore } from './store.ts';

/** What runs in this process. */
export interface Software {
  readonly version: string;
  readonly node: string;
  /** Digest of the bundled workflows. */
  readonly workflowBundle: string;
  /** The bytes of the bill of materials (CycloneDX, JSON), made by the build, or why it was not. */
  readonly sbom: Uint8Array | { readonly absent: string };
}

const identity = z.strictObject({
  version: z.string(),
  node: z.string(),
  workflowBundle: z.string(),
  sbom: z.union([digestSchema, z.strictObject({ absent: z.string().min(1) })]),
});

/** `software/identity.json`: what sealed the bundle; `sbom` is the digest of `software/sbom.cdx.json` or why there is none. */
export type SoftwareIdentity = Readonly<z.output<typeof identity>>;

/**
 * Keeps what seals the bundle. A seal that was begun by one version and is finished by another names the first: the closing
 * entry of the journal carries its digest.
 */
export async function keepSoftware(
  store: EvidenceStore,
  run: string,
  { sbom, ...rest }: Software,
): Promise<{ readonly identity: SoftwareIdentity; readonly digest: Digest }> {
  const bom = sbom instanceof Uint8Array ? digestOfBytes(await keepOnce(store, `${run}/${SBOM}`, sbom)) : sbom;
  const bytes = encodeCanonical({ ...rest, sbom: bom });
  const kept = await keepOnce(store, `${run}/${SOFTWARE}`, bytes);
  const read = decodeSoftware(kept);
  if (read === undefined) throw new EvidenceProblem('broken', `${run}/${SOFTWARE}: cannot be read`);
  return { identity: read, digest: digestOfBytes(kept) };
}

/** Undefined when the bytes are no `software/identity.json`. */
export function decodeSoftware(bytes: Uint8Array): SoftwareIdentity | undefined {
  return decodeCanonical(identity, bytes);
}
