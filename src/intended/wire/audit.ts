import { z } from 'zod';
import { actor, count, instant, name, sha256 } from './common.ts';
import { decisionWord, intentRecord } from './intents.ts';

export const auditEvent = z.object({
  id: name,
  sequence: z.int().min(1),
  tenantId: name,
  environmentKey: z.string().nullable(),
  eventType: z.string(),
  occurredAt: instant,
  correlationId: z.string().nullable(),
  intentId: z.string().nullable(),
  actor,
  decision: decisionWord.nullish(),
  reason: z.string().nullish(),
  policyId: z.string().nullish(),
  targetRef: z.string().nullish(),
  previousHash: sha256,
  hash: sha256,
});
/** One link of the audit chain; `sequence` counts up by one per tenant. */
export type AuditEvent = z.output<typeof auditEvent>;

/** Newest first; `total` counts what matched when the answer was made. */
export const auditPage = z.object({ events: z.array(auditEvent), total: count, limit: z.int(), offset: z.int() });

/** The platform's own verdict on its chain. A broken chain is an answer with `valid` false, not an error. */
export const chainVerification = z.object({
  tenantId: z.string(),
  valid: z.boolean(),
  checkedEntries: count,
  brokenAt: z.int().nullable(),
  latestHash: sha256,
  verifiedAt: instant,
});

/** Everything about one intent, events oldest first. Its signature cannot be checked: the key is not published. */
export const evidenceBundle = z.object({
  tenantId: z.string(),
  intentId: z.string(),
  generatedAt: instant,
  intent: intentRecord,
  events: z.array(auditEvent),
  signature: z.object({ algorithm: z.string(), keyId: z.string(), value: z.string() }),
});
export type EvidenceBundle = z.output<typeof evidenceBundle>;

export const auditExportJob = z.object({
  id: name,
  tenantId: z.string(),
  environmentKey: z.string().nullable(),
  status: z.enum(['queued', 'running', 'completed', 'failed']),
  includeAnomalies: z.boolean(),
  includeRecommendations: z.boolean(),
  from: instant.nullable(),
  to: instant.nullable(),
  requestedAt: instant,
  requestedBy: actor,
  completedAt: instant.nullable(),
  failureReason: z.string().nullable(),
  eventCount: z.int().nullable(),
  sizeBytes: z.int().nullable(),
});

/** Newest first. */
export const auditExportList = z.object({ exports: z.array(auditExportJob) });

/** The content of an export, oldest event first. */
export const auditExportArtifact = z.object({
  exportId: z.string(),
  tenantId: z.string(),
  environmentKey: z.string().nullable(),
  from: instant.nullable(),
  to: instant.nullable(),
  eventCount: count,
  events: z.array(auditEvent),
});
export type AuditExportArtifact = z.output<typeof auditExportArtifact>;

/** The headers that vouch for an export, exactly as received (RFC 9530 and RFC 9421, D-14). */
export const exportHeaders = z.object({
  contentType: z.string(),
  reprDigest: z.string().regex(/^sha-256=:[A-Za-z0-9+/]{43}=:$/, 'sha-256=:<base64>:'),
  signatureInput: name,
  signature: z.string().regex(/^sig1=:[A-Za-z0-9+/=]+:$/, 'sig1=:<base64>:'),
});
export type ExportHeaders = z.output<typeof exportHeaders>;
