import { EXIT } from '../exit-codes.ts';
import { line, paintFor, type Part } from '../screen/lines.ts';
import { widthOf } from '../screen/sheet.ts';
import type { Surroundings } from '../surroundings.ts';
import { listRuns, type ListedRun } from './list-runs.ts';
import { connect } from './server.ts';

export interface ListOptions {
  readonly all?: true | undefined;
  readonly json?: true | undefined;
}

/** `golive list`: the go-lives of the namespace, the open ones or all. */
export async function list({ all, json }: ListOptions, surroundings: Surroundings): Promise<number> {
  const { out } = surroundings;
  const server = await connect(surroundings);
  const runs = await listRuns(server, { all: all === true });
  if (json) {
    out.write(`${JSON.stringify(runs)}\n`);
    return EXIT.done;
  }
  const paint = paintFor(out);
  const lines =
    runs.length === 0
      ? [`No go-live ${all ? 'is known' : 'is open'} in the namespace ${server.place.namespace}.`]
      : tableOf(runs).map((parts) => line(parts, widthOf(out), paint));
  out.write(lines.map((text) => `${text}\n`).join(''));
  return EXIT.done;
}

const HEAD = ['go-live', 'state', 'phase', 'traffic', 'waits for', 'started (UTC)'] as const;

/** The columns that matter most stand first, so that a narrow terminal may cut the end. */
export function tableOf(runs: readonly ListedRun[]): Part[][] {
  const rows = runs.map(({ workflowId, state, phase, trafficPercent, startedAt, awaiting }) => [
    workflowId,
    state,
    phase ?? '–',
    trafficPercent === null ? '–' : `${trafficPercent} %`,
    awaiting.length === 0 ? '–' : awaiting.join(', '),
    startedAt.slice(0, 16).replace('T', ' '),
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const cells = (row: readonly string[]) => row.map((text, column) => `${text.padEnd(widths[column] ?? 0)}  `);
  return [[['dim', cells(HEAD).join('').trimEnd()]], ...rows.map((row) => [cells(row).join('').trimEnd()])];
}
