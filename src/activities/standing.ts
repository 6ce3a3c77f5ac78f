import { z } from 'zod';
import type { Digest } from '../domain/verdict.ts';
import { canonicalJson } from '../evidence/digest.ts';
import { standingPath } from '../evidence/layout.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { unlessStoreFails } from './findings.ts';
import { callingRun, readIfThere } from './receipts.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

const begun = z.strictObject({ plan: z.string() });

/** Keeps that people let this run begin with this plan: what takes it back later asks nobody, and is held against it. */
export async function keepBegun(store: EvidenceStore, scope: Scope, plan: Digest): Promise<void> {
  await store.put(pathOf(scope, 'begun'), Buffer.from(canonicalJson({ plan }), 'utf8'));
}

/** Digest of the plan with which people let the calling run begin. */
export async function begunWith(store: EvidenceStore, scope: Scope): Promise<string | undefined> {
  const bytes = await readIfThere(store, pathOf(scope, 'begun'));
  return bytes && begun.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).plan;
}

/** Keeps that the calling run goes back, so that nothing of it goes forward any more. Going back waits for no store. */
export async function keepStopped({ store, trust }: Room, scope: Scope): Promise<void> {
  if (trust.mode === 'namespace') return;
  await unlessStoreFails(store.put(pathOf(scope, 'stopped'), Buffer.from('{}', 'utf8')));
}

export async function isStopped(store: EvidenceStore, scope: Scope): Promise<boolean> {
  return store.exists(pathOf(scope, 'stopped'));
}

function pathOf(scope: Scope, standing: 'begun' | 'stopped'): string {
  return standingPath(scope, callingRun().runId, standing);
}
