import { digestOfBytes, hexOf } from '../../../src/evidence/digest.ts';
import { packed, type AuditExport } from '../../../src/evidence/exports.ts';
import type { Draft } from './draft.ts';

/** An audit log that nothing happened in while a run was under way. */
export function auditLog({ plan }: Draft) {
  return { exportId: 'exp_1', tenantId: plan['tenant'], eventCount: 0, events: [] };
}

/** What is kept of an audit log with this content. */
export function auditOf(content: unknown): Extract<AuditExport, { status: 'exported' }> {
  const bytes = Buffer.from(JSON.stringify(content), 'utf8');
  return {
    status: 'exported',
    job: { id: 'exp_1', status: 'completed' },
    headers: { 'content-type': 'application/json', 'repr-digest': '', 'signature-input': '', signature: '' },
    keys: [],
    sha256: hexOf(digestOfBytes(bytes)),
    content: packed(bytes),
  };
}
