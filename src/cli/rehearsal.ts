import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, workflowIdOf } from '../domain/ids.ts';
import { planSchema, type Limits } from '../domain/plan-schema.ts';
import { problemsOf } from '../domain/problems.ts';
import type { Progress } from '../domain/run.ts';
import { workflowPage } from '../domain/temporal-ui.ts';
import { playPeople } from '../sandbox/people.ts';
import { anyTimeLines, connectionLines, HandCommands } from './by-hand.ts';
import { follow } from './follow.ts';
import { endingOf } from './run/ending.ts';
import { firstTaskOf } from './run/first-task.ts';
import type { RunOutcome } from './screen/outcome.ts';
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

const FIRST_TASK_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;

/** Runs one go-live on services that are ready, shows it, and answers how it ended. */
export async function runRehearsal(
  rehearsal: Rehearsal,
  { root, env }: Surroundings,
  { services, screen, home, signal }: RehearsalParts,
): Promise<RunOutcome> {
  const { draft, limits } = preparePlan(rehearsal, root, home);
  const handle = await unlessAborted(start(draft, services), signal);
  await untilReady('go-live', () => firstTaskOf(handle), { within: FIRST_TASK_WITHIN_MS, signal });
  const uiUrl = workflowPage(services.uiUrl, 'default', handle.workflowId);
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
    // Nobody will say anything any more: a run that needs hands stays as it is.
    const isEnough = ({ state }: Progress) => isAbandoned && state === 'rollback-incomplete';
    const look = { screen, limits, speed, uiUrl, startedAt: Date.now(), every: LOOK_EVERY_MS };
    const progress = await follow(handle, { ...look, handCommands, isEnough, signal });
    const { evidence, ...ending } = await unlessAborted(endingOf(handle, progress), signal);
    const shares = await unlessAborted(readShares(services.sandbox), signal);
    return {
      ...ending,
      evidence: evidence && { ...evidence, path: resolve(home, 'evidence', evidence.path) },
      shares,
      steps: progress?.steps ?? [],
      killSwitch: progress?.killSwitch ?? 'unknown',
      home,
    };
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
