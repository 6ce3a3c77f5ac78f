import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { PlanDraft } from '../../src/cli/rehearsal-plan.ts';
import type { Progress } from '../../src/domain/run.ts';
import { driverOf, recordOf } from './collect.ts';
import { brokenIn } from './invariants/all.ts';
import { replayProblems } from './replays.ts';
import type { World } from './world.ts';

/** What a run that is over is worth. */
export interface Judgement {
  readonly state: Progress['state'] | 'unknown';
  /** Every invariant that was broken; where there is one, the last line says where the history was kept. */
  readonly broken: readonly string[];
}

/** Holds a run against every invariant, its history as well, and keeps the history when one is broken. */
export async function judge(world: World, handle: WorkflowHandle, plan: PlanDraft): Promise<Judgement> {
  const driver = await driverOf(handle, plan);
  const history = await driver.fetchHistory();
  const { state, broken } = await heldAgainstInvariants(world, handle, plan);
  const all = [...broken, ...(await replayProblems(driver.workflowId, history))];
  if (all.length === 0) return { state, broken: [] };
  const kept = join(await mkdtemp(join(tmpdir(), 'golive-broken-')), 'history.json');
  await writeFile(kept, historyToJSON(history));
  return { state, broken: [...all, `its history: ${kept}`] };
}

/** A run that cannot even be asked how it stands is broken too. */
async function heldAgainstInvariants(world: World, handle: WorkflowHandle, plan: PlanDraft): Promise<Judgement> {
  try {
    const record = await recordOf(world, handle, plan);
    return { state: record.progress.state, broken: brokenIn(record) };
  } catch (error) {
    return { state: 'unknown', broken: [`it could not be looked at: ${String(error)}`] };
  }
}
