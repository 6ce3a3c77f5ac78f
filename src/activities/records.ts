import type { Progress } from '../domain/run.ts';
import { journalBegan } from '../evidence/journal.ts';
import { encodeExport, type AuditExport, type HistoryExport } from '../evidence/exports.ts';
import { AUDIT, HISTORY } from '../evidence/layout.ts';
import { keepOnce } from '../evidence/once.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { exportAudit } from './audit-export.ts';
import { exportHistory } from './history-export.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

/** The platform tells its time by another clock than the workflow. */
const CLOCK_DRIFT_MS = 60_000;

/**
 * Keeps what others have on record of a run, once: the platform's audit log of its time, and Temporal's history up to now.
 * Where one of them cannot be had, the reason is kept in its place.
 */
export async function keepRecords(
  { worlds, store }: Room,
  scope: Scope,
  { progress, at }: { readonly progress: Progress; readonly at: string },
): Promise<void> {
  // Steps are measured anew, and a guardian knows its own alone: only the journal knows when all of it began.
  const began = Date.parse((await journalBegan(store, scope.folder)) ?? at);
  const period = { from: new Date(began - CLOCK_DRIFT_MS).toISOString(), to: at };
  await keep(store, `${scope.folder}/${AUDIT}`, () => exportAudit(worlds(scope), period));
  await keep(store, `${scope.folder}/${HISTORY}`, () => exportHistory(scope, progress));
}

async function keep(
  store: EvidenceStore,
  path: string,
  make: () => Promise<AuditExport | HistoryExport>,
): Promise<void> {
  if (!(await store.exists(path))) await keepOnce(store, path, encodeExport(await make()));
}
