import { z } from 'zod';
import { instant, name, sha256 } from './common.ts';

export const policyPack = z.object({
  name,
  environmentKey: z.string(),
  activeVersionId: z.string().nullable(),
  owner: z.string().nullable(),
  updatedAt: instant,
});
/** A pack in one environment. Without an active version it was never deployed there; without an owner it is orphaned. */
export type PolicyPack = z.output<typeof policyPack>;

export const policyPackList = z.object({ packs: z.array(policyPack) });

export const policyVersion = z.object({
  versionId: name,
  packName: z.string(),
  environmentKey: z.string(),
  status: z.enum(['active', 'superseded', 'withdrawn', 'draft']),
  contentSha256: sha256,
  deployedAt: instant.nullable(),
  deployedBy: z.string().nullable(),
  supersededAt: instant.nullable(),
});
/** One version of a pack. Its id is unique within one tenant and environment only (D-21). */
export type PolicyVersion = z.output<typeof policyVersion>;

export const policyVersionList = z.object({ versions: z.array(policyVersion) });

export const policyRollbackResult = z.object({
  packName: z.string(),
  environmentKey: z.string(),
  activeVersionId: z.string(),
  previousVersionId: z.string(),
  rolledBackBy: z.string(),
  rolledBackAt: instant,
  comments: z.string().nullable(),
  auditEventId: z.string(),
});
