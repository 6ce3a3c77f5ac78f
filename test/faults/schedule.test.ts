import { expect, it } from 'vitest';
import { faultSchema } from '../../src/sandbox/faults/fault.ts';
import { scheduleOf } from './schedule.ts';

const SEEDS = Array.from({ length: 2_000 }, (_, index) => `test-${index}`);

it('one seed is one schedule', () => {
  expect(scheduleOf('seven')).toEqual(scheduleOf('seven'));
  expect(scheduleOf('seven')).not.toEqual(scheduleOf('eight'));
});

it('every kind of disturbance and of intention comes up, and each is one that can be inflicted', () => {
  const schedules = SEEDS.map(scheduleOf);
  const disturbances = schedules.flatMap((schedule) => schedule.disturbances);
  expect(new Set(disturbances.map(({ kind }) => kind)).size).toBe(5);
  expect(new Set(schedules.map(({ intention }) => intention.kind)).size).toBe(4);
  const faults = disturbances.flatMap((it) => (it.kind === 'platform' ? [it.fault] : []));
  expect(faults.filter((fault) => !faultSchema.safeParse(fault).success)).toEqual([]);
});
