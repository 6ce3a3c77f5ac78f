import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { parseStrictJson } from '../domain/strict-json.ts';
import type { Digest } from '../domain/verdict.ts';
import { encodeCanonical } from '../evidence/canonical.ts';
import { receiptPath } from '../evidence/layout.ts';
import { EvidenceProblem } from '../evidence/problem.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Scope } from './world.ts';

const receipt = z.strictObject({
  golive: z.string(),
  runId: z.string(),
  kind: z.string(),
  by: z.string(),
  tokenSha256: z.string(),
  receivedAt: z.number(),
});

/**
 * That a decision was received: by which run, and when (epoch milliseconds by the worker's clock). It lies beside the runs
 * of its tenant and environment, and outside of what whoever may write to the namespace can reach.
 */
export type Receipt = Readonly<z.output<typeof receipt>>;

/** The run on whose behalf this call is made. The server says so, whatever a workflow claims. */
export function callingRun(): { readonly golive: string; readonly runId: string } {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution === undefined) throw new Error('called by no workflow');
  return { golive: workflowExecution.workflowId, runId: workflowExecution.runId };
}

/** Keeps a receipt, once. False when another run has used the decision; the same decision in the same run is fine. */
export async function keepReceipt(store: EvidenceStore, scope: Scope, id: Digest, kept: Receipt): Promise<boolean> {
  try {
    await store.put(receiptPath(scope, id), encodeCanonical(kept));
    return true;
  } catch (error) {
    if (!(error instanceof EvidenceProblem) || error.kind !== 'conflict') throw error;
    const earlier = await readReceipt(store, scope, id);
    return earlier?.golive === kept.golive && earlier.runId === kept.runId && earlier.tokenSha256 === kept.tokenSha256;
  }
}

/** What was kept of a decision; undefined where nothing was, or something else. */
export async function readReceipt(store: EvidenceStore, scope: Scope, id: Digest): Promise<Receipt | undefined> {
  const bytes = await readIfThere(store, receiptPath(scope, id));
  const read = bytes && parseStrictJson(bytes);
  return read?.ok === true ? receipt.safeParse(read.value).data : undefined;
}

/** The bytes under a path of the store; undefined where there are none. */
export async function readIfThere(store: EvidenceStore, path: string): Promise<Uint8Array | undefined> {
  try {
    return await store.read(path);
  } catch (error) {
    if (error instanceof EvidenceProblem && error.kind === 'missing') return undefined;
    throw error;
  }
}
