import { cp, mkdtemp, writeFile } from 'node:fs/promises';
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
  /** Every invariant that was broken; where there is one, the last line says where history, ledger and evidence were kept. */
  readonly broken: readonly string[];
}

/** Holds a run against every invariant, its history as well, and keeps the three ledgers when one is broken. */
export async function judge(world: World, handle: WorkflowHandle, plan: PlanDraft): Promise<Judgement> {
  const driver = await driverOf(handle, plan);
  const history = await driver.fetchHistory();
  const { state, broken } = await heldAgainstInvariants(world, handle, plan);
  const all = [...broken, ...(await replayProblems(driver.workflowId, history))];
  if (all.length === 0) return { state, broken: [] };
  const kept = await keep(world, historyToJSON(history));
  // A run of hundreds would say it only at its end, and nothing when it is broken off.
  console.log(`broken: ${all.join('; ')}; kept in ${kept}`);
  return { state, broken: [...all, `kept in ${kept}`] };
}

/** Answers the folder. */
async function keep(world: World, history: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'golive-broken-'));
  await writeFile(join(folder, 'history.json'), history);
  await writeFile(join(folder, 'ledger.json'), JSON.stringify(await world.sandbox.ledger()));
  await cp(join(world.home, 'evidence'), join(folder, 'evidence'), { recursive: true });
  return folder;
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
