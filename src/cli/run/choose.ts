import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { listRuns, type ListedRun } from './list-runs.ts';
import type { Server } from './server.ts';

/**
 * The workflow that is meant: the one that is named, otherwise the only go-live that is open.
 * @throws {CommandFailed} that lists them when there are several, and says what there was when there is none
 */
export async function chooseRun(server: Server, named: string | undefined): Promise<string> {
  const open = named ?? (await onlyOpen(server));
  if (open !== undefined) return open;
  const last = await lastEnded(server);
  const hint =
    last === undefined
      ? '`golive start <plan>` starts one.'
      : `The last one was ${nameOf(last)}; \`golive status\` shows it.`;
  throw new CommandFailed(`No go-live is open in the namespace ${server.place.namespace}. ${hint}`);
}

/**
 * The same for those who only look: when none is open, the one that was the last.
 * @throws {CommandFailed} that lists them when there are several, and when there has never been one
 */
export async function chooseRunToLookAt(server: Server, named: string | undefined): Promise<string> {
  const found = named ?? (await onlyOpen(server)) ?? (await lastEnded(server))?.workflowId;
  if (found !== undefined) return found;
  throw new CommandFailed(
    `There is no go-live in the namespace ${server.place.namespace}. \`golive start <plan>\` starts one.`,
  );
}

async function onlyOpen(server: Server): Promise<string | undefined> {
  const open = await listRuns(server, { all: false });
  const [only, another] = open;
  if (another === undefined) return only?.workflowId;
  throw new CommandFailed(
    ['Several go-lives are open. Name one with --workflow-id:', ...open.map(nameOf)].join('\n  '),
    EXIT.usage,
  );
}

async function lastEnded(server: Server): Promise<ListedRun | undefined> {
  const [last] = await listRuns(server, { all: true, most: 1 });
  return last;
}

function nameOf({ workflowId, state }: ListedRun): string {
  return `${workflowId} (${state})`;
}
