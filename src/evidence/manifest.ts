import { z } from 'zod';
import { OUTCOMES } from '../domain/run.ts';
import { encodeCanonical } from './canonical.ts';
import { canonicalJson, digestOfBytes, hexOf } from './digest.ts';
import { FILE_ROLES, mediaTypeOf, roleOf } from './layout.ts';
import { isSafePath } from './paths.ts';
import { decodeUtf8 } from '../domain/utf8.ts';

export const FORMAT = 'golive-evidence/v1';

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  golive: z.string().min(1),
  outcome: z.enum(OUTCOMES),
  rehearsal: z.boolean(),
  files: z.array(
    z.strictObject({
      path: z.string().refine(isSafePath),
      sizeBytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      mediaType: z.string().min(1),
      role: z.enum(FILE_ROLES),
    }),
  ),
});

/** `manifest.json`: every file of the bundle but itself, sorted by path; `sha256` is bare hex, as `sha256sum -c` reads it. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;
export type ManifestFile = Readonly<Manifest['files'][number]>;

/** What the manifest says of one file. `path` is relative to the bundle. */
export function describeFile(path: string, bytes: Uint8Array): ManifestFile {
  const sha256 = hexOf(digestOfBytes(bytes));
  return { path, sizeBytes: bytes.length, sha256, mediaType: mediaTypeOf(path), role: roleOf(path) };
}

/** The bytes of a manifest: its canonical JSON, nothing before or after. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeCanonical(manifest);
}

/** Reads a manifest strictly; a string says why it cannot be one. */
export function decodeManifest(bytes: Uint8Array): Manifest | string {
  try {
    const text = decodeUtf8(bytes);
    if (text === undefined) return 'is not UTF-8';
    const value: unknown = JSON.parse(text);
    if (canonicalJson(value) !== text) return 'is not canonical JSON';
    const manifest = manifestSchema.safeParse(value);
    if (!manifest.success) return `is not a manifest of ${FORMAT}`;
    const paths = manifest.data.files.map(({ path }) => path);
    return new Set(paths).size === paths.length ? manifest.data : 'lists a file twice';
  } catch {
    return 'is not JSON';
  }
}
