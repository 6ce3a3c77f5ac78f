import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, workflowIdOf } from '../domain/ids.ts';
import { planSchema } from '../domain/plan-schema.ts';
import { problemsOf } from '../domain/problems.ts';
import type { Progress } from '../domain/run.ts';
import { playPeople } from '../sandbox/people.ts';
import { anyTimeLines, connectionLines, HandCommands } from './by-hand.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { failureOf, follow } from './follow.ts';
import type { RehearsalOutcome } from './outcome.ts';
import { readExamplePlan, rehearsalPlan, type Rehearsal } from './rehearsal-plan.ts';
import type { Screen } from './screens.ts';
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
  const draft = rehearsalPlan(readExamplePlan(root), rehearsal);
  const plan = planSchema.safeParse(draft);
  if (!plan.success) throw new CommandFailed(['The plan is invalid:', ...problemsOf(plan.error)].join('\n  '));
  writeFileSync(join(home, 'plan.json'), `${JSON.stringify(draft, null, 2)}\n`);

  const client = new Client({ connection: services.connection });
  const workflowId = workflowIdOf(draft.tenant, draft.environment);
  const start = client.workflow.start('goLive', { taskQueue: TASK_QUEUE, workflowId, args: [draft] });
  const handle = await unlessAborted(start, signal);
  await untilReady('go-live', () => firstTaskOf(handle), { within: FIRST_TASK_WITHIN_MS, signal });
  const uiUrl = `${services.uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  screen.note(`go-live: ${uiUrl}`);
  if (rehearsal.byHand) {
    for (const text of [...connectionLines(services, env), ...anyTimeLines(workflowId)]) screen.note(text);
  }

  let isAbandoned = false;
  const ended = new AbortController();
  const people = rehearsal.byHand
    ? Promise.resolve()
    : playPeople(handle, { speed: rehearsal.speed, signal: AbortSignal.any([signal, ended.signal]) }).then((how) => {
        isAbandoned = how === 'gave up';
      });
  try {
    const progress = await follow(handle, {
      screen,
      limits: plan.data.limits,
      speed: rehearsal.speed,
      uiUrl,
      handCommands: rehearsal.byHand ? new HandCommands() : undefined,
      isAbandoned: () => isAbandoned,
      signal,
    });
    const ending =
      progress && hasOutcome(progress) ? endingOf(progress, home) : await unlessAborted(failed(handle), signal);
    const shares = await unlessAborted(readShares(services.sandbox), signal);
    return { ...ending, shares, steps: progress?.steps ?? [], killSwitch: progress?.killSwitch ?? 'unknown', home };
  } finally {
    ended.abort();
    await people;
  }
}

/** A query that comes before the first workflow task has ended is answered two seconds later. */
async function firstTaskOf(handle: WorkflowHandle): Promise<void> {
  const { historyLength } = await handle.describe();
  if (historyLength < EVENTS_OF_FIRST_TASK) throw new Error('no worker has taken it up');
}

function hasOutcome({ state }: Progress): boolean {
  const outcomes: readonly Progress['state'][] = ['live', 'rolled-back', 'rejected', 'canceled', 'rollback-incomplete'];
  return outcomes.includes(state);
}

function endingOf(progress: Progress, home: string): Ending {
  const { state, ending, evidence } = progress;
  return {
    outcome: state,
    exitCode: exitCodeOf(progress),
    why: ending?.why ?? null,
    evidence: evidence && { path: resolve(home, 'evidence', evidence.path), manifest: evidence.manifest },
  };
}

async function failed(handle: WorkflowHandle): Promise<Ending> {
  const { type, message } = await failureOf(handle);
  const isRefused = type === 'InvalidPlan';
  return {
    outcome: isRefused ? 'invalid' : 'failed',
    exitCode: isRefused ? EXIT.refused : EXIT.failed,
    why: message,
    evidence: null,
  };
}
