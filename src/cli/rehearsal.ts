import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, workflowIdOf } from '../domain/ids.ts';
import { planSchema, type Limits } from '../domain/plan-schema.ts';
import { problemsOf } from '../domain/problems.ts';
import type { Progress } from '../domain/run.ts';
import { playPeople } from '../sandbox/people.ts';
import { anyTimeLines, connectionLines, HandCommands } from './by-hand.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { failureOf, follow } from './follow.ts';
import type { RehearsalOutcome } from './screen/outcome.ts';
import { readExamplePlan, rehearsalPlan, type PlanDraft, type Rehearsal } from './rehearsal-plan.ts';
import type { Screen } from './screen/screens.ts';
import type { Services } from './services.ts';
import { readShares } from './shares.ts';
import { CommandFailed, type Surroundings } from './surroundings.ts';
import { unlessAborted, untilReady } from './waiting.ts';

export interface RehearsalParts {
  readonly services: Services;
  readonly screen: Screen;
  readonly home: string;
  readonly signal: AbortSignal;
}

/** Started; task scheduled, started, completed. */
const EVENTS_OF_FIRST_TASK = 4;
const FIRST_TASK_WITHIN_MS = 30_000;

type Ending = Pick<RehearsalOutcome, 'outcome' | 'exitCode' | 'why' | 'evidence'>;

/** Runs one go-live on services that are ready, shows it, and answers how it ended. */
export async function runRehearsal(
  rehearsal: Rehearsal,
  { root, env }: Surroundings,
  { services, screen, home, signal }: RehearsalParts,
): Promise<RehearsalOutcome> {
  const { draft, limits } = preparePlan(rehearsal, root, home);
  const handle = await unlessAborted(start(draft, services), signal);
  await untilReady('go-live', () => firstTaskOf(handle), { within: FIRST_TASK_WITHIN_MS, signal });
  const uiUrl = `${services.uiUrl}/namespaces/default/workflows/${encodeURIComponent(handle.workflowId)}`;
  const drive = [...connectionLines(services, env), ...anyTimeLines(handle.workflowId)];
  for (const text of [`go-live: ${uiUrl}`, ...(rehearsal.byHand ? drive : [])]) screen.note(text);

  const { speed, byHand } = rehearsal;
  const ended = new AbortController();
  let isAbandoned = false;
  if (!byHand) {
    const people = playPeople(handle, { speed, signal: AbortSignal.any([signal, ended.signal]) });
    void people.then((how) => {
      isAbandoned = how === 'gave up';
    });
  }
  try {
    const handCommands = byHand ? new HandCommands() : undefined;
    const following = { screen, limits, speed, uiUrl, handCommands, isAbandoned: () => isAbandoned, signal };
    const progress = await follow(handle, following);
    const ending = await unlessAborted(endingOf(handle, progress, home), signal);
    const shares = await unlessAborted(readShares(services.sandbox), signal);
    return { ...ending, shares, steps: progress?.steps ?? [], killSwitch: progress?.killSwitch ?? 'unknown', home };
  } finally {
    ended.abort();
  }
}

/** Also written down, so that a rehearsal can be repeated by hand. */
function preparePlan(rehearsal: Rehearsal, root: string, home: string): { draft: PlanDraft; limits: Limits } {
  const draft = rehearsalPlan(readExamplePlan(root), rehearsal);
  const plan = planSchema.safeParse(draft);
  if (!plan.success) throw new CommandFailed(['The plan is invalid:', ...problemsOf(plan.error)].join('\n  '));
  writeFileSync(join(home, 'plan.json'), `${JSON.stringify(draft, null, 2)}\n`);
  return { draft, limits: plan.data.limits };
}

function start(draft: PlanDraft, { connection }: Services): Promise<WorkflowHandle> {
  const workflowId = workflowIdOf(draft.tenant, draft.environment);
  return new Client({ connection }).workflow.start('goLive', { taskQueue: TASK_QUEUE, workflowId, args: [draft] });
}

/** A query that comes before the first workflow task has ended is answered two seconds later. */
async function firstTaskOf(handle: WorkflowHandle): Promise<void> {
  const { historyLength } = await handle.describe();
  if (historyLength < EVENTS_OF_FIRST_TASK) throw new Error('no worker has taken it up');
}

async function endingOf(handle: WorkflowHandle, progress: Progress | undefined, home: string): Promise<Ending> {
  const exitCode = progress === undefined ? EXIT.failed : exitCodeOf(progress);
  if (progress === undefined || exitCode === EXIT.failed) return endingWithoutOutcome(handle);
  const { state, ending, evidence } = progress;
  return {
    outcome: state,
    exitCode,
    why: ending?.why ?? null,
    evidence: evidence && { path: resolve(home, 'evidence', evidence.path), manifest: evidence.manifest },
  };
}

async function endingWithoutOutcome(handle: WorkflowHandle): Promise<Ending> {
  const { type, message } = await failureOf(handle);
  const isRefused = type === 'InvalidPlan';
  return {
    outcome: isRefused ? 'invalid' : 'failed',
    exitCode: isRefused ? EXIT.refused : EXIT.failed,
    why: message,
    evidence: null,
  };
}
