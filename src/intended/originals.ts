import type { z } from 'zod';
import { fit, headerOf, misfit, readBytes, type Reading } from './answer.ts';
import { type Check, fitAbout, unless } from './expect.ts';
import { parseStrictJson } from '../domain/strict-json.ts';
import type { RawAnswer } from './transport.ts';
import {
  type AuditExportArtifact,
  auditExportArtifact,
  type EvidenceBundle,
  evidenceBundle,
  type ExportHeaders,
  exportHeaders,
} from './wire/audit.ts';

/** An export as it came: the bytes that the headers vouch for, not parsed. */
export interface AuditExportDownload extends ExportHeaders {
  readonly bytes: Uint8Array;
}

/** A bundle, and the bytes it was read from, which are what the evidence keeps. */
export interface IntentEvidence {
  readonly bundle: EvidenceBundle;
  readonly bytes: Uint8Array;
}

/** A bundle of our tenant about the intent that was asked for. */
export function readEvidence(
  raw: RawAnswer,
  { tenantId, intentId }: { tenantId: string; intentId: string },
): Reading<IntentEvidence> {
  const bytes = readBytes(raw);
  if (!bytes.ok) return bytes;
  const bundle = parseOriginal(evidenceBundle, bytes.value, {
    tenantId,
    check: ({ intentId: told, intent }) =>
      unless(told === intentId && intent.intentId === intentId, 'intentId', 'the intent that was asked for'),
  });
  return bundle.ok ? { ok: true, value: { bundle: bundle.value, bytes: bytes.value } } : bundle;
}

/** Bytes and headers only: parsing would lose what is signed. */
export function readExport(raw: RawAnswer): Reading<AuditExportDownload> {
  const bytes = readBytes(raw);
  if (!bytes.ok) return bytes;
  const headers = fit(exportHeaders, {
    contentType: headerOf(raw, 'content-type'),
    reprDigest: headerOf(raw, 'repr-digest'),
    signatureInput: headerOf(raw, 'signature-input'),
    signature: headerOf(raw, 'signature'),
  });
  return headers.ok ? { ok: true, value: { ...headers.value, bytes: bytes.value } } : headers;
}

/** The content of a downloaded export, about our tenant and complete by its own count. */
export function parseExportArtifact(
  bytes: Uint8Array,
  { tenantId, exportId }: { tenantId: string; exportId: string },
): Reading<AuditExportArtifact> {
  return parseOriginal(auditExportArtifact, bytes, {
    tenantId,
    check: (artifact) =>
      unless(artifact.exportId === exportId, 'exportId', 'the export that was asked for') ??
      unless(artifact.eventCount === artifact.events.length, 'eventCount', 'the number of events'),
  });
}

function parseOriginal<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
  about: { tenantId: string; check: Check<z.output<Schema>> },
): Reading<z.output<Schema>> {
  const json = parseStrictJson(bytes);
  return json.ok ? fitAbout(schema, json.value, about) : misfit('', `JSON without: ${json.problem}`);
}
