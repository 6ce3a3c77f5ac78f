import { z } from 'zod';
import { Refusal, type RefusalCode } from './refusal.ts';

/** What the platform accepts. Unknown members are kept, because the intent's hash covers what was submitted. */
const text = z.string().min(1);
const instant = z.iso.datetime({ offset: true });

export const intentRequest = z
  .looseObject({
    tenantId: text,
    actor: z.looseObject({ id: text, type: text }),
    targetSystem: z.string().regex(/^[^/\s]+\/[^/\s]+$/),
    proposedAction: text,
    riskContext: z.looseObject({
      baseRiskScore: z.number().min(0).max(100),
      policyCompliant: z.boolean(),
      requiresPrivilegedAccess: z.boolean(),
      touchesProduction: z.boolean(),
      containsSensitiveData: z.boolean(),
      github: z.looseObject({ owner: z.string(), repo: z.string(), ref: z.string(), workflowId: z.string() }),
    }),
  })
  .refine(({ targetSystem, riskContext: { github } }) => targetSystem === `${github.owner}/${github.repo}`, {
    path: ['targetSystem'],
    message: 'must equal riskContext.github',
  });
export type IntentRequest = z.output<typeof intentRequest>;

export const verifyTokenRequest = z.object({
  token: z.string(),
  publicKeyPem: z.string(),
  expectedKid: z.string().optional(),
  expectedTenantId: z.string().optional(),
  expectedAdapterId: z.string().optional(),
});
export type VerifyTokenRequest = z.output<typeof verifyTokenRequest>;

export const auditExportRequest = z.object({
  tenantId: text,
  environmentKey: z.string().optional(),
  includeAnomalies: z.boolean().default(true),
  includeRecommendations: z.boolean().default(true),
  from: instant.optional(),
  to: instant.optional(),
});
export type AuditExportRequest = z.output<typeof auditExportRequest>;

export const policyRollbackRequest = z.object({
  tenantId: text,
  rolledBackBy: text,
  comments: z.string().optional(),
});

export const emergencyActionRequest = z.object({
  tenantId: text,
  reason: text,
  environmentKey: z.string().optional(),
  targetRef: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

export const apiTokenCreateRequest = z.object({
  tenantId: text,
  name: text,
  environmentKey: text,
  scopes: z.array(z.string()).min(1),
  expiresAt: instant.optional(),
  ipAllowlist: z.array(z.string()).optional(),
});

export const apiTokenRevokeRequest = z.object({ tenantId: text, reason: z.string().optional() });

/** The parsed body, or a 400 that names the first thing wrong with it. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  code: RefusalCode = 'VALIDATION_FAILED',
): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new Refusal(400, code, `The request is not valid: ${field} ${issue?.message ?? ''}`.trim(), { field });
}

const wholeNumber = /^\d{1,9}$/;

/** A page size or an offset from the query, within its bounds; 400 otherwise. */
export function integerQuery(
  value: string | undefined,
  { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number },
): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (wholeNumber.test(value) && number >= least && number <= most) return number;
  throw new Refusal(400, 'VALIDATION_FAILED', `A number between ${least} and ${most} is needed.`, { value });
}
