import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { SERVER_LOST_A_TASK } from './test/time-skipping/server-lost-a-task.ts';

/** Those of the fault rig that break real processes; the rest of it is as quick as any other test. */
const REAL_FAULTS = ['matrix', 'rehearsals', 'guardian', 'stopped', 'breach', 'outage', 'questions', 'late-move'].map(
  (name) => `test/faults/${name}.test.ts`,
);

interface Options {
  readonly include?: string[];
  readonly atOnce?: number;
  readonly retry?: number | { readonly count: number; readonly condition: RegExp };
}

/** Tests that talk to a server. Where every file has one of its own, and waits for it most of the time, two share the machine. */
const onServer = (
  name: string,
  groupOrder: number,
  { include = [`test/${name}/**/*.test.ts`], atOnce = 1, retry = 0 }: Options = {},
) => {
  const globalSetup = `test/${name}/global-setup.ts`;
  return {
    test: {
      name,
      include,
      ...(existsSync(globalSetup) ? { globalSetup } : {}),
      maxWorkers: atOnce,
      fileParallelism: atOnce > 1,
      retry,
      testTimeout: 180_000,
      hookTimeout: 60_000,
      // After the others: a server on the same two cores would make unit tests slow, and they would make its timers late.
      sequence: { groupOrder },
    },
  };
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/time-skipping/**', 'test/end-to-end/**', ...REAL_FAULTS],
          testTimeout: 30_000,
          // Most of them wait for a platform that is slow on purpose; one at a time would leave the machine idle.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      onServer('time-skipping', 1, { atOnce: 2, retry: { count: 2, condition: new RegExp(SERVER_LOST_A_TASK) } }),
      onServer('end-to-end', 2, { atOnce: 2 }),
      onServer('faults', 3, { include: REAL_FAULTS }),
    ],
    coverage: {
      enabled: false,
      provider: 'v8',
      include: ['src/**'],
      exclude: ['src/workflows/**'],
      reportsDirectory: 'coverage',
    },
  },
});
