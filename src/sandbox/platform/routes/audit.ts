import { createHmac, randomBytes } from 'node:crypto';
import type { AuditEvent } from '../audit.ts';
import { timestamp } from '../ids.ts';
import type { Call, Operation, Platform } from '../operation.ts';
import { integerQuery } from '../requests.ts';

/** The key of evidence signatures is not published (contract, getIntentEvidence), so nobody needs to know it. */
const EVIDENCE_KEY = randomBytes(32);

export const auditOperations: readonly Operation[] = [
  {
    id: 'listAuditEvents',
    method: 'GET',
    path: '/tenants/:tenantId/audit',
    scope: 'audit:read',
    tenantIn: ['path'],
    answer: page,
  },
  {
    id: 'verifyAuditChain',
    method: 'GET',
    path: '/tenants/:tenantId/audit/chain-verification',
    scope: 'audit:read',
    tenantIn: ['path'],
    answer: async ({ tenant }, { behaviour }) =>
      Response.json(behaviour.chainVerdict(tenant, await tenant.audit.verify())),
  },
  {
    id: 'getIntentEvidence',
    method: 'GET',
    path: '/tenants/:tenantId/intents/:intentId/evidence',
    scope: 'audit:read',
    tenantIn: ['path'],
    answer: evidence,
  },
];

function page({ tenant, query }: Call, { behaviour }: Platform): Response {
  const limit = integerQuery(query('limit'), { least: 1, most: 1000, fallback: 100 });
  const offset = integerQuery(query('offset'), { least: 0, most: 999_999_999, fallback: 0 });
  const [correlationId, eventType] = [query('correlationId'), query('eventType')];
  const isMatch = (event: AuditEvent) =>
    (correlationId === undefined || event.correlationId === correlationId) &&
    (eventType === undefined || event.eventType === eventType);
  const all = behaviour.auditView(tenant);
  const matching = correlationId === undefined && eventType === undefined ? all : all.filter(isMatch);
  const end = Math.max(0, matching.length - offset);
  const events = matching.slice(Math.max(0, end - limit), end).reverse();
  return Response.json({ events, total: matching.length, limit, offset });
}

function evidence({ tenant, parameter }: Call, { behaviour }: Platform): Response {
  const intent = tenant.intents.get(parameter('intentId'));
  const events = behaviour.auditView(tenant).filter(({ intentId }) => intentId === intent.intentId);
  const bundle = { tenantId: tenant.id, intentId: intent.intentId, generatedAt: timestamp(), intent, events };
  const value = createHmac('sha256', EVIDENCE_KEY).update(JSON.stringify(bundle)).digest('base64');
  return Response.json({ ...bundle, signature: { algorithm: 'HMAC-SHA-256', keyId: 'evidence-sandbox', value } });
}
