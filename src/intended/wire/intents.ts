import { z } from 'zod';
import { Secret } from '../secret.ts';
import { actor, count, instant, name, sha256 } from './common.ts';

const riskContext = z.object({
  baseRiskScore: z.number().min(0).max(100),
  policyCompliant: z.boolean(),
  requiresPrivilegedAccess: z.boolean(),
  touchesProduction: z.boolean(),
  containsSensitiveData: z.boolean(),
  github: z.object({ owner: z.string(), repo: z.string(), ref: z.string(), workflowId: z.string() }),
});

/** What someone wants to do. The client adds the tenant; the key decides the environment. */
export interface Intent {
  readonly actor: Readonly<z.output<typeof actor>>;
  /** `owner/repo`, equal to `riskContext.github`. */
  readonly targetSystem: string;
  readonly proposedAction: string;
  readonly riskContext: Readonly<z.output<typeof riskContext>>;
}

export const decisionWord = z.enum(['APPROVED', 'ESCALATED', 'DENIED']);

const authorityDecision = z.object({
  decision: decisionWord,
  riskScore: z.number().nullable(),
  policyCompliant: z.boolean().nullable(),
  rationale: z.array(z.string()),
  gateTrace: z.array(z.object({ gate: z.string(), outcome: z.string(), reason: z.string() })),
});
export type AuthorityDecision = z.output<typeof authorityDecision>;

const executed = z.object({ attempted: z.literal(true), status: z.enum(['executed', 'failed']), adapterId: name });
const skipped = z.object({
  attempted: z.literal(false),
  status: z.literal('skipped'),
  adapterId: z.string().nullable(),
});

const audit = z.object({ entriesWritten: count, latestHash: sha256 });
const never = z.undefined().optional();

const decided = (word: z.output<typeof decisionWord>) => authorityDecision.extend({ decision: z.literal(word) });

export const intentApproved = z.object({
  intentId: name,
  correlationId: name,
  authorityDecision: decided('APPROVED'),
  authorityDecisionToken: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/, 'a compact token')
    .transform((token) => new Secret(token)),
  execution: executed,
  audit,
});

export const intentEscalated = z.object({
  intentId: name,
  correlationId: name,
  escalationId: name,
  authorityDecision: decided('ESCALATED'),
  authorityDecisionToken: never,
  execution: skipped,
  audit,
});

export const intentDenied = z.object({
  intentId: name,
  correlationId: name,
  authorityDecision: decided('DENIED'),
  authorityDecisionToken: never,
  execution: skipped,
  audit,
  result: z.undefined().optional(),
  reason: z.undefined().optional(),
  detail: z.undefined().optional(),
});

/** A denial of the halt (D-04): decided and recorded, but no policy was evaluated. */
export const intentDeniedFailClosed = intentDenied.extend({
  result: z.literal('deny'),
  reason: z.literal('fail_closed'),
  detail: z.string(),
});

/** The platform could not decide and denied. */
export const failClosedDenial = z.object({
  authorityDecisionToken: never,
  result: z.literal('deny'),
  reason: z.literal('fail_closed'),
  detail: z.string(),
  retry_after_ms: count.optional(),
});

/** A denial that one public page shows with status 200 (D-17). */
export const deniedWith200 = z.object({
  authorityDecisionToken: never,
  decision: z.literal('deny'),
  code: z.literal('NO_MATCHING_POLICY'),
  intentId: z.string().optional(),
  correlationId: z.string().optional(),
});

export const intentRecord = z.object({
  intentId: name,
  correlationId: name,
  tenantId: name,
  environmentKey: name,
  actor,
  targetSystem: z.string(),
  proposedAction: z.string(),
  riskContext,
  authorityDecision,
  escalationId: z.string().nullable(),
  execution: z.discriminatedUnion('attempted', [executed, skipped]),
  createdAt: instant,
});

/** Newest first. */
export const intentList = z.object({ intents: z.array(intentRecord) });
