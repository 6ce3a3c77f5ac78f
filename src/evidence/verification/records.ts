import { digestOfBytes, hexOf } from '../digest.ts';
import { decodeAuditExport, decodeHistoryExport, unpacked, type AuditExport } from '../exports.ts';
import type { BundleFiles, BundleProblem } from '../inspect.ts';
import { AUDIT, HISTORY, SOFTWARE } from '../layout.ts';
import { decodeSoftware } from '../software.ts';
import { ruled, type Ruling } from './ruling.ts';

const LARGEST_EXPORT_BYTES = 256 * 1024 * 1024;

/** What others recorded of the run: the platform's audit log, Temporal's history, and what software sealed it all. */
export async function recordsOf(bundle: BundleFiles): Promise<Ruling> {
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
    ...(audit?.status === 'exported' && !isWhole(audit) ? [{ path: AUDIT, why: 'has content of another digest' }] : []),
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

function isWhole({ content, sha256 }: Extract<AuditExport, { status: 'exported' }>): boolean {
  try {
    return hexOf(digestOfBytes(unpacked(content, LARGEST_EXPORT_BYTES))) === sha256;
  } catch {
    return false;
  }
}
