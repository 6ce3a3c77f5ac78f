import type { WorkflowHandle } from '@temporalio/client';
import { goliveCommand } from '../../domain/commands.ts';
import { TASK_QUEUE, workflowIdOf } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plan-schema.ts';
import type { Progress } from '../../domain/run.ts';
import { EXIT } from '../exit-codes.ts';
import { readPlan, type CheckedPlan } from '../plan/checked-plan.ts';
import { sheet } from '../screen/sheet.ts';
import { field, paragraph } from '../screen/wrapped.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { untilReady } from '../waiting.ts';
import { endingOf } from './ending.ts';
import { firstTaskOf } from './first-task.ts';
import { listRuns, type ListedRun } from './list-runs.ts';
import { openLine } from './line.ts';
import { connect, explainSilence, type Server } from './server.ts';
import { AlreadyOpen } from './trouble.ts';
import { uiLink } from './ui-link.ts';

export interface StartOptions {
  /** Default: `golive/<tenant>/<environment>`. */
  readonly workflowId?: string | undefined;
  /** The operator's configuration, when the plan is to be held against it first. */
  readonly config?: string | undefined;
  readonly json?: true | undefined;
}

const TAKEN_UP_WITHIN_MS = 10_000;
const ONE_LOOK_MS = 3_000;

/** `golive start`: starts the go-live of a plan, and says how to look at it. One a tenant and environment at a time. */
export async function startGoLive(
  file: string,
  { workflowId: named, config, json }: StartOptions,
  surroundings: Surroundings,
): Promise<number> {
  const checked = await readPlan(file, config);
  const { plan, digest } = checked;
  const workflowId = named ?? workflowIdOf(plan.tenant, plan.environment);
  const server = await connect(surroundings);
  await refuseSecond(server, plan, workflowId);
  const handle = await start(server, checked, workflowId);
  const silence = await takenUp(server, handle, surroundings);
  const ui = uiLink(surroundings.env, server.place, workflowId);
  const look = goliveCommand(workflowId, 'status', '--watch');
  const { out } = surroundings;
  if (json) {
    out.write(`${JSON.stringify({ workflowId, digest, ui: ui ?? null, takenUp: silence === undefined })}\n`);
    return EXIT.done;
  }
  sheet(out).write([
    paragraph([['green', '✔ '], 'started ', ['bold', workflowId]]),
    field('release', `${plan.release}: ${plan.summary}`),
    field('plan', digest),
    ...(ui === undefined ? [] : [field('UI', ui)]),
    field('look', look),
    ...(silence === undefined ? [] : [field('but', ['yellow', silence])]),
  ]);
  return EXIT.done;
}

async function start(server: Server, { document, plan }: CheckedPlan, workflowId: string): Promise<WorkflowHandle> {
  try {
    return await server.call(workflowId, ({ workflow }) =>
      workflow.start('goLive', {
        taskQueue: TASK_QUEUE,
        workflowId,
        workflowIdConflictPolicy: 'FAIL',
        args: [document],
        staticSummary: `${plan.release}: ${plan.summary}`,
      }),
    );
  } catch (error) {
    if (!(error instanceof AlreadyOpen)) throw error;
    const holder = (await listRuns(server, { all: false })).find((run) => run.workflowId === workflowId);
    throw await alreadyOpen(server, workflowId, holder);
  }
}

/** Under another id the server would let a second go-live of one tenant and environment pass. */
async function refuseSecond(server: Server, { tenant, environment }: Plan, workflowId: string): Promise<void> {
  const open = await listRuns(server, { all: false });
  const holder = open.find((run) => run.tenant === tenant && run.environment === environment);
  if (holder !== undefined && holder.workflowId !== workflowId)
    throw await alreadyOpen(server, holder.workflowId, holder);
}

/** Who holds the place, and how to look at it. */
async function alreadyOpen(server: Server, workflowId: string, holder: ListedRun | undefined): Promise<CommandFailed> {
  const started = await openLine(server, workflowId)
    .startedPlan()
    .catch(() => null);
  const whose = started === null ? '' : `, release ${started.plan.release}, asked for by ${started.plan.requestedBy}`;
  const since = holder === undefined ? '' : `, started at ${holder.startedAt}, now ${holder.state}`;
  return new CommandFailed(
    `A go-live is open there already: ${workflowId}${whose}${since}. Nothing was started.\nLook at it with: ${goliveCommand(workflowId, 'status')}`,
    EXIT.refused,
  );
}

/**
 * Waits for a worker to take the run up and admit its plan. Answers why nobody has; undefined when somebody did.
 * @throws {CommandFailed} with every problem when the plan was refused
 */
async function takenUp(
  server: Server,
  handle: WorkflowHandle,
  { interrupted }: Surroundings,
): Promise<string | undefined> {
  const look = () => server.call(handle.workflowId, () => admission(handle), ONE_LOOK_MS);
  const admitted = untilReady('go-live', look, { within: TAKEN_UP_WITHIN_MS, signal: interrupted });
  const standing = await admitted.catch(() => undefined);
  interrupted.throwIfAborted();
  if (standing === undefined) return explainSilence(server);
  if (standing === 'admitted') return undefined;
  const { why, exitCode } = await endingOf(handle, undefined);
  throw new CommandFailed(`The go-live was started and has ended at once: ${why ?? 'it does not say why'}`, exitCode);
}

/** Throws as long as nobody can say. */
async function admission(handle: WorkflowHandle): Promise<'admitted' | 'ended'> {
  await firstTaskOf(handle);
  const { status } = await handle.describe();
  if (status.name !== 'RUNNING') return 'ended';
  const { plan } = await handle.query<Progress>('progress');
  if (plan === null) throw new Error('the plan is not admitted yet');
  return 'admitted';
}
