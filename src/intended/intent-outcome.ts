import { fit, misfit, readJson, type Reading } from './answer.ts';
import type { Secret } from './secret.ts';
import type { RawAnswer } from './transport.ts';
import {
  type AuthorityDecision,
  deniedWith200,
  failClosedDenial,
  intentApproved,
  intentDenied,
  intentDeniedFailClosed,
  intentEscalated,
} from './wire/intents.ts';

interface AuditReceipt {
  readonly entriesWritten: number;
  readonly latestHash: string;
}

/** The only outcome that counts as an approval: the word and a token. The action was executed, or execution failed. */
export interface ApprovedIntent {
  readonly outcome: 'approved';
  readonly intentId: string;
  readonly correlationId: string;
  readonly decision: AuthorityDecision;
  readonly token: Secret;
  readonly execution: { readonly attempted: true; readonly status: 'executed' | 'failed'; readonly adapterId: string };
  readonly audit: AuditReceipt;
}

/** A person must decide. No token, nothing executed. */
export interface EscalatedIntent {
  readonly outcome: 'escalated';
  readonly intentId: string;
  readonly correlationId: string;
  readonly escalationId: string;
  readonly decision: AuthorityDecision;
  readonly audit: AuditReceipt;
}

/** No token, nothing executed. What the platform did not tell is undefined. */
export interface DeniedIntent {
  readonly outcome: 'denied';
  /** True when no policy was evaluated: a halt, or the platform could not decide. */
  readonly failClosed: boolean;
  /** The fail-closed detail such as `tenant_halted`, or the reason of the first gate that did not pass. */
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly intentId: string | undefined;
  readonly correlationId: string | undefined;
  readonly decision: AuthorityDecision | undefined;
  readonly audit: AuditReceipt | undefined;
}

export type IntentOutcome = ApprovedIntent | EscalatedIntent | DeniedIntent;

const UNTOLD = {
  detail: undefined,
  retryAfterMs: undefined,
  intentId: undefined,
  correlationId: undefined,
  decision: undefined,
  audit: undefined,
} as const;

/**
 * Classifies an answer to `POST /intent` by its body in the order of D-03, and refuses a body whose status says
 * otherwise. Whoever asked looks at the error envelope first; here it is a misfit.
 */
export function readIntentOutcome(raw: RawAnswer): Reading<IntentOutcome> {
  const json = readJson(raw);
  if (!json.ok) return json;
  const { value: body } = json;
  if (hasMember(body, 'error')) return misfit('error', 'a decision');
  if (hasMember(body, 'authorityDecision')) return readDecided(body, raw.status);
  if (hasMember(body, 'result')) return raw.status === 403 ? readFailClosed(body) : misfit('', 'status 403');
  if (hasMember(body, 'decision')) return raw.status === 200 ? readDeniedWith200(body) : misfit('', 'status 200');
  return misfit('authorityDecision', 'a decision');
}

const hasMember = (value: unknown, name: string): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name);

function readDecided(body: Record<string, unknown>, status: number): Reading<IntentOutcome> {
  const decision = body['authorityDecision'];
  const word = hasMember(decision, 'decision') ? decision['decision'] : undefined;
  switch (word) {
    case 'APPROVED':
      return status === 200 ? readApproved(body) : misfit('', 'status 200');
    case 'ESCALATED':
      return status === 202 ? readEscalated(body) : misfit('', 'status 202');
    case 'DENIED':
      return status === 202 ? misfit('', 'status 403') : readDenied(body);
    default:
      return misfit('authorityDecision.decision', 'one of APPROVED, ESCALATED, DENIED');
  }
}

function readApproved(body: unknown): Reading<IntentOutcome> {
  const reading = fit(intentApproved, body);
  if (!reading.ok) return reading;
  const { authorityDecision: decision, authorityDecisionToken: token, ...rest } = reading.value;
  return { ok: true, value: { outcome: 'approved', decision, token, ...rest } };
}

function readEscalated(body: unknown): Reading<IntentOutcome> {
  const reading = fit(intentEscalated, body);
  if (!reading.ok) return reading;
  const { intentId, correlationId, escalationId, authorityDecision: decision, audit } = reading.value;
  return { ok: true, value: { outcome: 'escalated', intentId, correlationId, escalationId, decision, audit } };
}

function readDenied(body: unknown): Reading<IntentOutcome> {
  const failClosed = ['result', 'reason', 'detail'].some((name) => hasMember(body, name));
  const reading = fit(failClosed ? intentDeniedFailClosed : intentDenied, body);
  if (!reading.ok) return reading;
  const { intentId, correlationId, authorityDecision: decision, audit } = reading.value;
  const detail = reading.value.detail ?? decision.gateTrace.find(({ outcome }) => outcome !== 'PASSED')?.reason;
  const retryAfterMs = undefined;
  const value = {
    outcome: 'denied',
    failClosed,
    detail,
    retryAfterMs,
    intentId,
    correlationId,
    decision,
    audit,
  } as const;
  return { ok: true, value };
}

function readFailClosed(body: unknown): Reading<IntentOutcome> {
  const reading = fit(failClosedDenial, body);
  if (!reading.ok) return reading;
  const { detail, retry_after_ms: retryAfterMs } = reading.value;
  return { ok: true, value: { ...UNTOLD, outcome: 'denied', failClosed: true, detail, retryAfterMs } };
}

function readDeniedWith200(body: unknown): Reading<IntentOutcome> {
  const reading = fit(deniedWith200, body);
  if (!reading.ok) return reading;
  const { code: detail, intentId, correlationId } = reading.value;
  return { ok: true, value: { ...UNTOLD, outcome: 'denied', failClosed: false, detail, intentId, correlationId } };
}
