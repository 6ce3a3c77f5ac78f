import { seededRandom, shuffled } from '../../src/sandbox/router/random.ts';
import type { Cell } from './cell.ts';
import { STAGES } from './stages.ts';
import { POINTS, type Point } from './strike.ts';

/** What became of a cell; undefined where it was not run. */
export type Results = ReadonlyMap<string, 'holds' | 'broken'>;

/** Until a process that only sleeps is taken for dead takes longer than anything else. */
const SLOWEST: Point = 'paused before send';

/** Every point of every stage. */
export const CELLS: readonly Cell[] = STAGES.flatMap((stage) => POINTS.map((point) => ({ stage, point })));

/** How a cell is called, for the one line that repeats it. */
export function nameOf({ stage, point }: Cell): string {
  return `${stage.step}, ${point}`;
}

/** A tenth: as many stages as it has cells, each point twice, the slowest first. The same seed gives the same cells. */
export function tenthOf(seed: string): readonly Cell[] {
  const stages = shuffled(seededRandom(seed), STAGES).slice(0, CELLS.length / 10);
  const cells = stages.flatMap((stage, index) => {
    const point = POINTS[index % POINTS.length];
    return point === undefined ? [] : [{ stage, point }];
  });
  return cells.toSorted((one, other) => Number(other.point === SLOWEST) - Number(one.point === SLOWEST));
}

/** The matrix as people read it: a stage a row, a point a column. */
export function tableOf(results: Results): string {
  const mark = { holds: 'holds', broken: 'BROKEN' } as const;
  const width = Math.max(...STAGES.map(({ step }) => step.length));
  const head = ['stage'.padEnd(width), ...POINTS].join('  ');
  const rows = STAGES.map((stage) => {
    const marks = POINTS.map((point) => {
      const result = results.get(nameOf({ stage, point }));
      return (result === undefined ? '-' : mark[result]).padEnd(point.length);
    });
    return [stage.step.padEnd(width), ...marks].join('  ').trimEnd();
  });
  const broken = [...results.values()].filter((result) => result === 'broken').length;
  return [head, ...rows, `${results.size} cells, ${broken} broken`].join('\n');
}
