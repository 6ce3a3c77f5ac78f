import { z } from 'zod';
import type { Digest } from '../domain/verdict.ts';
import { encodeCanonical } from '../evidence/canonical.ts';
import { standingPath } from '../evidence/layout.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { unlessStoreFails } from './findings.ts';
import { callingRun, readIfThere } from './receipts.ts';
import type { Scope } from './world.ts';

const begun = z.strictObject({
  /** Digest of the plan that people signed for; `null` where nobody signs. */
  plan: z.string().nullable(),
  /** Where the evidence of the run lies. */
  folder: z.string(),
});

/** How a run began to move traffic. */
export type Begun = Readonly<z.output<typeof begun>>;

/**
 * Keeps that this run begins to move traffic, before it does. What takes it back later asks nobody, and is held against it;
 * and a guardian knows by it whether there is anything to take back.
 */
export async function keepBegun(store: EvidenceStore, scope: Scope, plan: Digest | null): Promise<void> {
  await put(store, scope, { runId: callingRun().runId, standing: 'begun' }, { plan, folder: scope.folder });
}

/** How a run began; undefined for one that has not moved any traffic. */
export async function readBegun(store: EvidenceStore, scope: Scope, runId: string): Promise<Begun | undefined> {
  const bytes = await readIfThere(store, standingPath(scope, runId, 'begun'));
  return bytes && begun.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/** How far the calling run has come: before it moves traffic, while it does, and once it goes back. */
export async function standingOf(store: EvidenceStore, scope: Scope): Promise<'before' | 'moving' | 'stopped'> {
  const found = await readBegun(store, scope, callingRun().runId);
  if (found?.folder !== scope.folder) return 'before';
  return (await isStopped(store, scope)) ? 'stopped' : 'moving';
}

/** Lets the calling run take back what another one has begun in the same folder. */
export async function inherit(store: EvidenceStore, scope: Scope, from: string): Promise<void> {
  const found = await readBegun(store, scope, from);
  if (found?.folder !== scope.folder) return;
  await put(store, scope, { runId: callingRun().runId, standing: 'begun' }, found);
}

/** Keeps that a run goes back, so that nothing of it goes forward any more. Going back waits for no store. */
export async function keepStopped(store: EvidenceStore, scope: Scope, runId = callingRun().runId): Promise<void> {
  await unlessStoreFails(put(store, scope, { runId, standing: 'stopped' }, {}));
}

/** Asked after `keepBegun`: of two that do so at the same moment, one at least sees the mark of the other. */
export async function isStopped(store: EvidenceStore, scope: Scope): Promise<boolean> {
  return store.exists(standingPath(scope, callingRun().runId, 'stopped'));
}

function put(
  store: EvidenceStore,
  scope: Scope,
  { runId, standing }: { readonly runId: string; readonly standing: 'begun' | 'stopped' },
  kept: object,
): Promise<void> {
  return store.put(standingPath(scope, runId, standing), encodeCanonical(kept));
}
