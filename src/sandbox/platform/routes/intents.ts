import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { AuditEvent } from '../audit.ts';
import type { Admission } from '../behaviour.ts';
import { ADAPTER_ID } from '../emergency.ts';
import { evaluate, stopped, type Evaluation } from '../evaluation.ts';
import { newId, timestamp } from '../ids.ts';
import type { Execution, IntentRecord } from '../intents.ts';
import type { Call, Operation, Platform } from '../operation.ts';
import { Refusal } from '../refusal.ts';
import { integerQuery, intentRequest, parsed, type IntentRequest } from '../requests.ts';
import { authorityClaims } from '../tokens.ts';

export const intentOperations: readonly Operation[] = [
  {
    id: 'submitIntent',
    method: 'POST',
    path: '/intent',
    scope: 'intent:submit',
    tenantIn: ['header'],
    answer: submit,
  },
  {
    id: 'listIntents',
    method: 'GET',
    path: '/intents',
    scope: 'intent:read',
    tenantIn: ['query'],
    answer: ({ tenant, query }) => {
      const limit = integerQuery(query('limit'), { least: 1, most: 1000, fallback: 100 });
      return Response.json({ intents: tenant.intents.newest(limit) });
    },
  },
  {
    id: 'getIntent',
    method: 'GET',
    path: '/intents/:id',
    scope: 'intent:read',
    tenantIn: ['query'],
    answer: ({ tenant, parameter }) => Response.json(tenant.intents.get(parameter('id'))),
  },
];

/** The evaluation that an admission takes the place of; `undefined` where there is to be a real one. */
function decreed(admission: Admission): Evaluation | undefined {
  switch (admission.kind) {
    case 'allow':
      return withoutEvaluation('APPROVED', 'A rule allows everything.', 'ALLOWED_BY_RULE');
    case 'deny':
      return withoutEvaluation('DENIED', 'A rule denies this.', admission.reason);
    case 'serve':
    case 'unavailable':
      return undefined;
  }
}

function withoutEvaluation(decision: 'APPROVED' | 'DENIED', rationale: string, reason: string): Evaluation {
  const outcome = decision === 'APPROVED' ? 'PASSED' : 'FAILED';
  const gateTrace = [{ gate: 'policy', outcome, reason }] as const;
  return {
    decision: { decision, riskScore: null, policyCompliant: null, rationale: [rationale], gateTrace },
    policyId: null,
    reason,
  };
}

async function submit({ tenant, credential, body }: Call, { behaviour }: Platform): Promise<Response> {
  const request = parsed(intentRequest, body, 'INTENT_VALIDATION_FAILED');
  const admission = behaviour.admission(tenant, credential);
  if (admission.kind === 'unavailable') {
    throw new Refusal(503, 'SERVICE_UNAVAILABLE', 'The policy engine cannot be reached.');
  }
  if (admission.kind === 'serve' && admission.delayMs > 0) await setTimeout(admission.delayMs);
  const obstacle = behaviour.obstacle(tenant);
  if (obstacle !== undefined) return denied(record(request, stopped(obstacle), { tenant }), obstacle);
  const evaluation = decreed(admission) ?? evaluate(request, behaviour.versionsInForce(tenant));
  const stored = record(request, evaluation, { tenant });
  switch (evaluation.decision.decision) {
    case 'DENIED':
      return denied(stored);
    case 'ESCALATED':
      return Response.json(receipt(stored, { escalationId: stored.intent.escalationId }), { status: 202 });
    case 'APPROVED': {
      const { environmentKey, memo } = tenant;
      const claims = authorityClaims({ request, environmentKey, intentId: stored.intent.intentId, memo });
      const authorityDecisionToken = await behaviour.issueToken(tenant, claims);
      return Response.json(receipt(stored, { authorityDecisionToken }));
    }
  }
}

interface Stored {
  readonly intent: IntentRecord;
  readonly events: readonly AuditEvent[];
}

/** Stores and audits an intent before it is answered, so that a lost answer can be found again (D-11). */
function record(
  request: IntentRequest,
  { decision, policyId, reason }: Evaluation,
  { tenant }: Pick<Call, 'tenant'>,
): Stored {
  const approved = decision.decision === 'APPROVED';
  const escalated = decision.decision === 'ESCALATED';
  const execution: Execution = approved
    ? { attempted: true, status: 'executed', adapterId: ADAPTER_ID }
    : { attempted: false, status: 'skipped', adapterId: null };
  const intent: IntentRecord = {
    intentId: randomUUID(),
    correlationId: randomUUID(),
    tenantId: tenant.id,
    environmentKey: tenant.environmentKey,
    actor: request.actor,
    targetSystem: request.targetSystem,
    proposedAction: request.proposedAction,
    riskContext: request.riskContext,
    authorityDecision: decision,
    escalationId: escalated ? newId('esc') : null,
    execution,
    createdAt: timestamp(),
  };
  const { intentId, correlationId, environmentKey } = intent;
  const actor = { id: request.actor.id, type: request.actor.type };
  const note = (eventType: string, more: { readonly targetRef?: string | null } = {}) =>
    tenant.audit.append({ eventType, environmentKey, actor, correlationId, intentId, ...more });
  const decided = () =>
    tenant.audit.append({
      eventType: 'AUTHORITY_DECIDED',
      environmentKey,
      actor,
      correlationId,
      intentId,
      decision: decision.decision,
      reason,
      policyId,
    });
  const events = [note('INTENT_RECEIVED'), decided()];
  if (approved) events.push(note('TOKEN_ISSUED'));
  if (approved) events.push(note('EXECUTION_STARTED'), note('EXECUTION_COMPLETED', { targetRef: ADAPTER_ID }));
  else if (escalated) events.push(note('ESCALATION_OPENED', { targetRef: intent.escalationId }));
  else events.push(note('EXECUTION_SKIPPED'));
  tenant.intents.add(intent);
  return { intent, events };
}

function denied(stored: Stored, obstacle?: string): Response {
  const failClosed = obstacle === undefined ? {} : { result: 'deny', reason: 'fail_closed', detail: obstacle };
  return Response.json({ ...failClosed, ...receipt(stored) }, { status: 403 });
}

function receipt({ intent, events }: Stored, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { intentId, correlationId, authorityDecision, execution } = intent;
  const audit = { entriesWritten: events.length, latestHash: events.at(-1)?.hash };
  return { intentId, correlationId, authorityDecision, ...more, execution, audit };
}
