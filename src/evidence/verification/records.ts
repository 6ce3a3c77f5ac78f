import { z } from 'zod';
import type { Plan } from '../../domain/plan-schema.ts';
import { parseStrictJson } from '../../domain/strict-json.ts';
import { digestOfBytes, hexOf } from '../digest.ts';
import { decodeAuditExport, decodeHistoryExport, unpacked, type AuditExport } from '../exports.ts';
import type { BundleFiles, BundleProblem } from '../inspect.ts';
import { AUDIT, HISTORY, SOFTWARE } from '../layout.ts';
import { decodeSoftware } from '../software.ts';
import { ruled, type Ruling } from './ruling.ts';

const LARGEST_EXPORT_BYTES = 256 * 1024 * 1024;
/** The content of an export, as far as it says whose it is. */
const owned = z.object({ tenantId: z.string() });

/** What others recorded of the run: the platform's audit log, Temporal's history, and what software sealed it all. */
export async function recordsOf(bundle: BundleFiles, plan: Plan): Promise<Ruling> {
  const read = async (path: string) =>
    bundle.files.some((file) => file.path === path) ? bundle.read(path) : undefined;
  const [auditBytes, historyBytes, softwareBytes] = [await read(AUDIT), await read(HISTORY), await read(SOFTWARE)];
  const audit = auditBytes && decodeAuditExport(auditBytes);
  const history = historyBytes && decodeHistoryExport(historyBytes);
  const software = softwareBytes && decodeSoftware(softwareBytes);
  const problems: BundleProblem[] = [
    ...unreadable(AUDIT, auditBytes, audit),
    ...unreadable(HISTORY, historyBytes, history),
    ...unreadable(SOFTWARE, softwareBytes, software),
    ...(audit?.status === 'exported' ? problemsOf(audit, plan) : []),
  ];
  const missing = (what: string, record: typeof audit | typeof history) =>
    record?.status === 'exported' ? [] : [`What ${what} would show: ${record?.why ?? 'it is not in the bundle'}.`];
  const open = [...missing('the audit log of the platform', audit), ...missing('the history in Temporal', history)];
  const says = software === undefined ? [] : [`It was sealed by golive ${software.version} on Node ${software.node}.`];
  return ruled('records', problems, { says, open });
}

function unreadable(path: string, bytes: Uint8Array | undefined, read: unknown): BundleProblem[] {
  return bytes !== undefined && read === undefined ? [{ path, why: 'is not what it should be' }] : [];
}

function problemsOf(
  { content, sha256 }: Extract<AuditExport, { status: 'exported' }>,
  { tenant }: Plan,
): BundleProblem[] {
  const bytes = contentOf(content);
  if (bytes === undefined || hexOf(digestOfBytes(bytes)) !== sha256)
    return [{ path: AUDIT, why: 'has content of another digest' }];
  const read = parseStrictJson(bytes);
  const owner = read.ok ? owned.safeParse(read.value).data?.tenantId : undefined;
  return owner === tenant ? [] : [{ path: AUDIT, why: 'is not about the tenant of the plan' }];
}

function contentOf(content: string): Uint8Array | undefined {
  try {
    return unpacked(content, LARGEST_EXPORT_BYTES);
  } catch {
    return undefined;
  }
}
