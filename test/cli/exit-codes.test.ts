import { expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import type { RunState } from '../../src/domain/run.ts';
import { step } from './views.ts';

it.each<[RunState, number]>([
  ['live', 0],
  ['rejected', 3],
  ['rolled-back', 4],
  ['rollback-incomplete', 5],
  ['checking', 1],
  ['blocked', 1],
  ['waiting', 1],
  ['held', 1],
  ['watching', 1],
  ['rolling-back', 1],
])('A go-live that is %s ends the command with %i', (state, code) => {
  expect(exitCodeOf({ state, steps: [] })).toBe(code);
});

it('A canceled go-live counts as rolled back only when there was something to roll back', () => {
  expect(exitCodeOf({ state: 'canceled', steps: [step('tenant-capabilities')] })).toBe(3);
  expect(exitCodeOf({ state: 'canceled', steps: [step('ramp-25'), step('kill-switch-on')] })).toBe(4);
});
