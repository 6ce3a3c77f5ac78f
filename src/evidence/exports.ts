import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { decodeCanonical, encodeCanonical } from './canonical.ts';

const absent = z.strictObject({ status: z.literal('absent'), why: z.string().min(1) });

const auditExport = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('exported'),
    /** The platform's own record of the export, as it answered. */
    job: z.record(z.string(), z.unknown()),
    /** As received: what vouches for the content (RFC 9530 and RFC 9421). */
    headers: z.strictObject({
      'content-type': z.string(),
      'repr-digest': z.string(),
      'signature-input': z.string(),
      signature: z.string(),
    }),
    /** The keys that the platform published at that time, one of which signed. */
    keys: z.array(z.strictObject({ kid: z.string(), alg: z.string(), publicKeyPem: z.string() })),
    /** SHA-256 of the content, in hex. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** The content byte for byte, gzip in base64: `jq -r .content audit/export.json | base64 -d | gunzip`. */
    content: z.base64(),
  }),
  absent,
]);

/** `audit/export.json`: the platform's audit log of the run's time, or why it could not be had. */
export type AuditExport = Readonly<z.output<typeof auditExport>>;

const historyExport = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('exported'),
    workflowId: z.string().min(1),
    runId: z.string().min(1),
    /** How many payloads were emptied because they looked like a secret. */
    redacted: z.int().min(0),
    /** As the Temporal CLI shows them in JSON, from the first one on. */
    events: z.array(z.record(z.string(), z.unknown())).min(1),
  }),
  absent,
]);

/** `history/history.json`: Temporal's history of the run up to the seal, or why it could not be had. */
export type HistoryExport = Readonly<z.output<typeof historyExport>>;

/** Either of them as it lies in a bundle. One file each, so that it is there as a whole or not at all. */
export function encodeExport(value: AuditExport | HistoryExport): Uint8Array {
  return encodeCanonical(value);
}

/** Undefined when the bytes are no `audit/export.json`. */
export function decodeAuditExport(bytes: Uint8Array): AuditExport | undefined {
  return decodeCanonical(auditExport, bytes);
}

/** Undefined when the bytes are no `history/history.json`. */
export function decodeHistoryExport(bytes: Uint8Array): HistoryExport | undefined {
  return decodeCanonical(historyExport, bytes);
}

/** Bytes as `content` has them. */
export function packed(bytes: Uint8Array): string {
  return gzipSync(bytes, { level: 9 }).toString('base64');
}

/** The bytes again. Throws a `RangeError` when they would be more than `mostBytes`. */
export function unpacked(content: string, mostBytes: number): Uint8Array {
  return gunzipSync(Buffer.from(content, 'base64'), { maxOutputLength: mostBytes });
}
