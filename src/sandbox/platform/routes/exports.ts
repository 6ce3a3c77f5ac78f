import { ReadableStream } from 'node:stream/web';
import { setImmediate } from 'node:timers/promises';
import { ARTIFACT_CONTENT_TYPE, artifactHeaders } from '../exports.ts';
import type { Call, Operation, Platform } from '../operation.ts';
import { auditExportRequest, parsed } from '../requests.ts';

export const exportOperations: readonly Operation[] = [
  {
    id: 'createAuditExport',
    method: 'POST',
    path: '/admin/audit-exports',
    scope: 'audit:export',
    tenantIn: ['header'],
    answer: create,
  },
  {
    id: 'listAuditExports',
    method: 'GET',
    path: '/admin/audit-exports',
    scope: 'audit:export',
    tenantIn: ['header', 'query'],
    answer: ({ tenant }) => Response.json({ exports: tenant.exports.list() }),
  },
  {
    id: 'getAuditExport',
    method: 'GET',
    path: '/admin/audit-exports/:id',
    scope: 'audit:export',
    tenantIn: ['header', 'query'],
    answer: ({ tenant, parameter }) => Response.json(tenant.exports.get(parameter('id'))),
  },
  {
    id: 'downloadAuditExport',
    method: 'GET',
    path: '/admin/audit-exports/:id/download',
    scope: 'audit:export',
    tenantIn: ['header', 'query'],
    answer: ({ tenant, parameter }) => {
      const artifact = tenant.exports.artifact(parameter('id'));
      return new Response(ReadableStream.from(artifact.pieces), {
        headers: {
          ...artifactHeaders(artifact, tenant.key),
          'content-type': ARTIFACT_CONTENT_TYPE,
          'content-length': String(artifact.sizeBytes),
        },
      });
    },
  },
];

function create({ tenant, actor, body }: Call, { behaviour, ledger }: Platform): Response {
  const job = tenant.exports.request(parsed(auditExportRequest, body), actor);
  const { environmentKey } = job;
  const note = (eventType: string) => tenant.audit.append({ eventType, environmentKey, actor, targetRef: job.id });
  note('AUDIT_EXPORT_REQUESTED');
  ledger.record({ what: 'export', export: job.id }, { tenant: tenant.id, actor: actor.id, reason: null });
  void complete();
  return Response.json(job, { status: 202 });

  /** Later than the answer, as a job is; it works on memory alone and cannot fail. */
  async function complete() {
    await setImmediate();
    await tenant.exports.run(job.id, behaviour.auditView(tenant));
    note('AUDIT_EXPORT_COMPLETED');
  }
}
