import { expect, it } from 'vitest';
import { STEP_IDS } from '../../src/domain/plan.ts';
import { CELLS, nameOf, tableOf, tenthOf } from './matrix.ts';
import { STAGES } from './stages.ts';
import { POINTS } from './strike.ts';

it('there are a hundred cells: five points of twenty different stages of the runbook', () => {
  expect(new Set(CELLS.map(nameOf)).size).toBe(100);
  expect(new Set(STAGES.map(({ step }) => step)).size).toBe(20);
  expect(STAGES.filter(({ step }) => !STEP_IDS.includes(step))).toEqual([]);
});

it('a tenth has ten stages and every point, and is the same for the same seed', () => {
  const tenth = tenthOf('seven');
  expect(new Set(tenth.map(({ stage }) => stage.step)).size).toBe(10);
  expect(new Set(tenth.map(({ point }) => point)).size).toBe(POINTS.length);
  expect(tenthOf('seven')).toEqual(tenth);
  expect(tenthOf('eight')).not.toEqual(tenth);
});

it('the table says what holds, what is broken and what was not run', () => {
  const table = tableOf(
    new Map([
      ['ramp-25, killed before send', 'holds'],
      ['ramp-25, killed after apply', 'broken'],
    ]),
  );
  expect(table).toMatch(/^ramp-25 +holds +BROKEN +- +- +-$/m);
  expect(table).toMatch(/2 cells, 1 broken$/);
});
