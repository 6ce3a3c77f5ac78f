import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { evidenceFolder, guardianIdOf, requestKey, runPrefixOf } from '../../src/domain/ids.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';
import type { JournalEntry } from '../../src/domain/journal.ts';
import type { Progress, SealedEvidence } from '../../src/domain/run.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { verifyJournal } from '../../src/evidence/journal.ts';
import type { PlanDraft } from '../../src/cli/rehearsal-plan.ts';
import { readFolder } from '../../src/evidence/folder.ts';
import type { BundleVerdict } from '../../src/evidence/inspect.ts';
import { verifyEvidence } from '../../src/evidence/verification/verify.ts';
import { inspected } from '../support/inspected.ts';
import { followedBy, historyOf, type HistoryFact } from './history.ts';
import { sealingOf, type RunRecord, type Standing } from './record.ts';
import type { World } from './world.ts';

/** Whoever drives a run: the go-live, or, once that is destroyed, its guardian. */
export async function driverOf(
  handle: WorkflowHandle,
  plan: Pick<PlanDraft, 'tenant' | 'environment'>,
): Promise<WorkflowHandle> {
  const { status } = await handle.describe();
  const isLost = status.name === 'TERMINATED' || status.name === 'TIMED_OUT';
  return isLost ? handle.client.getHandle(guardianIdOf(plan.tenant, plan.environment)) : handle;
}

/** Gathers what the three ledgers hold of a run and, where it was destroyed, of its guardian. The run may still be open. */
export async function recordOf(world: World, handle: WorkflowHandle, draft: PlanDraft): Promise<RunRecord> {
  const plan = planSchema.parse(draft);
  const { runId } = await handle.describe();
  const driver = await driverOf(handle, plan);
  const history = await wholeHistory(handle, driver);
  const folder = join(world.home, 'evidence', evidenceFolder(plan.tenant, plan.environment, plan.release, runId));
  const files = await filesBelow(folder);
  const journal = files.get('journal.jsonl') ?? '';
  return {
    plan,
    keys: runPrefixOf(requestKey(plan.release, runId, 'archive-evidence')),
    effects: await world.sandbox.ledger(),
    history,
    journal: journalOf(journal),
    chain: verifyJournal(journal),
    bundle: await verified(folder, sealedBy(history)?.manifest),
    facts: new Map([...files].flatMap(([path, text]) => factOf(path, text))),
    progress: await driver.query<Progress>('progress'),
    standing: await standingOf(world),
    secrets: await secretsOf(world),
    written: new Map([
      ['history', JSON.stringify(history)],
      ['workers', await readFile(join(world.home, 'worker.log'), 'utf8')],
      ...files,
    ]),
  };
}

/** Held against every rule that an auditor holds it against. */
async function verified(folder: string, manifest: Digest | undefined): Promise<BundleVerdict> {
  const verdict = await inspected(folder, manifest);
  if (!verdict.ok) return verdict;
  const { bundle } = await readFolder(folder);
  const { rulings } = await verifyEvidence(bundle, { manifest });
  const problems = rulings.flatMap((ruling) => ruling.problems);
  return problems.length > 0 ? { ok: false, problems } : verdict;
}

async function wholeHistory(handle: WorkflowHandle, driver: WorkflowHandle): Promise<readonly HistoryFact[]> {
  const own = await historyOf(handle);
  return driver === handle ? own : followedBy(own, await historyOf(driver));
}

function sealedBy(history: RunRecord['history']): SealedEvidence | undefined {
  return sealingOf({ history })?.result as SealedEvidence | undefined;
}

function journalOf(text: string): JournalEntry[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as JournalEntry);
}

function factOf(path: string, text: string): [Digest, unknown][] {
  const digits = /^facts\/([0-9a-f]{64})\.json$/.exec(path)?.[1];
  return digits === undefined ? [] : [[`sha256:${digits}`, JSON.parse(text)]];
}

async function standingOf({ sandbox }: World): Promise<Standing> {
  const { share, tenants } = await sandbox.state();
  const [production] = tenants;
  return {
    percent: share.percent,
    halted: production?.emergency.halted ?? true,
    versions: Object.fromEntries((production?.packs ?? []).map((pack) => [pack.name, pack.activeVersionId])),
  };
}

async function secretsOf({ home }: World): Promise<ReadonlyMap<string, string>> {
  const files = await filesBelow(join(home, 'keys'));
  return new Map([...files].map(([name, text]) => [name, text.trim()]));
}

/** The texts below a folder, by their paths in it; none when there is no such folder. */
async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return new Map(paths.map((path, index) => [path.slice(folder.length + 1), texts[index] ?? '']));
}
