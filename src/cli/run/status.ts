import type { WorkflowHandle } from '@temporalio/client';
import type { Phase } from '../../domain/plan.ts';
import { OUTCOMES, type Progress } from '../../domain/run.ts';
import { guardianIdOf } from '../../domain/ids.ts';
import { EXIT } from '../exit-codes.ts';
import { follow } from '../follow.ts';
import { lookAt } from '../observe.ts';
import { paintFor } from '../screen/lines.ts';
import { nextCommands } from '../screen/next-commands.ts';
import { evidenceLines, stepLines, type RunOutcome } from '../screen/outcome.ts';
import { renderWhole } from '../screen/render.ts';
import { openScreen, screenKind, type ScreenWish } from '../screen/screens.ts';
import { widthOf } from '../screen/sheet.ts';
import type { View } from '../screen/view.ts';
import type { Surroundings } from '../surroundings.ts';
import { unlessAborted } from '../waiting.ts';
import { chooseRunToLookAt } from './choose.ts';
import { endingOf, type RunEnding } from './ending.ts';
import { openLine } from './line.ts';
import { connect, type Server } from './server.ts';
import { uiLink } from './ui-link.ts';

/** What a watch ends with: the run, or the beginning of a phase. */
export type Until = 'done' | Phase;

export interface StatusOptions extends ScreenWish {
  readonly workflowId?: string | undefined;
  readonly watch?: true | undefined;
  readonly until?: Until | undefined;
}

const LOOK_EVERY_MS = { rehearsal: 250, production: 2_000 };

/** `golive status`: how a go-live stands. Watched, it is shown until its end, and the exit code tells the outcome. */
export async function status(options: StatusOptions, surroundings: Surroundings): Promise<number> {
  const server = await connect(surroundings);
  const workflowId = await chooseRunToLookAt(server, options.workflowId);
  const handle = server.client.workflow.getHandle(workflowId);
  const { view, isLost } = await lookOnce(server, handle, surroundings);
  const { json, watch: isWatched, until } = options;
  if (isWatched || until !== undefined) return watch(handle, view, options, surroundings);
  const { out, err } = surroundings;
  if (json) {
    out.write(`${JSON.stringify(view.progress)}\n`);
    if (isLost) err.write(`golive: ${LOST}\n`);
  } else if (isLost) showLost(view, out);
  else showOnce(view, nextCommands(view.progress, options.workflowId), out);
  return isLost ? EXIT.failed : EXIT.done;
}

/** How a run says that it ended by itself. */
const ENDED: readonly string[] = OUTCOMES;
const LOST = 'ENDED FROM OUTSIDE. This is its last moment, and nothing can be decided there any more.';

/** @throws {CommandFailed} that says why when nothing can be seen */
async function lookOnce(
  server: Server,
  handle: WorkflowHandle,
  { env, interrupted }: Surroundings,
): Promise<{ readonly view: View; readonly isLost: boolean }> {
  const line = openLine(server, handle.workflowId);
  const progress = await line.progress();
  const started = await line.startedPlan();
  const { startedAt, closedAt, figures } = await unlessAborted(lookAt(handle), interrupted);
  const now = closedAt ?? Date.now();
  const { limits = null, clock } = started?.plan ?? {};
  const uiUrl = uiLink(env, server.place, handle.workflowId);
  const speed = clock?.speed ?? 1;
  const view = { now, startedAt: startedAt ?? now, speed, limits, uiUrl, progress, figures, events: [] };
  return { view, isLost: closedAt !== null && !ENDED.includes(progress.state) };
}

/** The last moment of a go-live that was ended from outside, which would read as if all were well. */
function showLost(view: View, out: NodeJS.WriteStream): void {
  const { tenant, environment } = view.progress;
  out.write(`${LOST}\n\n`);
  const guardian = tenant === null || environment === null ? undefined : guardianIdOf(tenant, environment);
  showOnce(view, guardian === undefined ? [] : [`golive status --workflow-id ${guardian}`], out);
}

function showOnce(view: View, next: readonly string[], out: NodeJS.WriteStream): void {
  const paint = paintFor(out);
  const width = widthOf(out);
  const { progress } = view;
  const { steps, evidence } = progress;
  const record = evidence === null ? [] : ['', ...stepLines(steps, width, paint), '', ...evidenceLines(evidence)];
  const commands = next.length === 0 ? [] : ['', paint('bold', 'next'), ...next.map((command) => `  ${command}`)];
  out.write([...renderWhole(view, width, paint), ...record, ...commands].map((text) => `${text}\n`).join(''));
}

async function watch(
  handle: WorkflowHandle,
  { startedAt, speed, limits, uiUrl }: View,
  { until, ...wish }: StatusOptions,
  { out, env, interrupted: signal }: Surroundings,
): Promise<number> {
  const screen = openScreen(screenKind(wish, out, env), out);
  const every = speed > 1 ? LOOK_EVERY_MS.rehearsal : LOOK_EVERY_MS.production;
  const isEnough = (progress: Progress) => hasBegun(until, progress) || (until !== undefined && needsHands(progress));
  try {
    const how = { screen, limits, speed, uiUrl, startedAt, every, handCommands: undefined, isEnough, signal };
    const progress = await follow(handle, how);
    if (progress !== undefined && hasBegun(until, progress)) {
      screen.note(`${until} has begun`);
      return EXIT.done;
    }
    const ending = await unlessAborted(endingOf(handle, progress), signal);
    screen.finish(outcomeOf(ending, progress));
    return ending.exitCode;
  } finally {
    screen.close();
  }
}

/** Whether the phase that is waited for has been entered, also when the run has gone on from there. */
function hasBegun(until: Until | undefined, { phase, steps }: Progress): boolean {
  return phase === until || steps.some((step) => step.phase === until);
}

/** Nothing goes on by itself from here, so that whoever waits without hands waits in vain. */
function needsHands({ state }: Progress): boolean {
  return state === 'rollback-incomplete';
}

function outcomeOf(ending: RunEnding, progress: Progress | undefined): RunOutcome {
  const { steps = [], killSwitch = 'unknown' } = progress ?? {};
  return { ...ending, steps, killSwitch, shares: null, home: null };
}
