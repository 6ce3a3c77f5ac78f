import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests that talk to a server: one file at a time, since its clock (time-skipping) or the machine (end-to-end) is shared. */
const onServer = (name: string, groupOrder: number) => {
  const globalSetup = `test/${name}/global-setup.ts`;
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      ...(existsSync(globalSetup) ? { globalSetup } : {}),
      fileParallelism: false,
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
          exclude: ['test/time-skipping/**', 'test/end-to-end/**'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      onServer('time-skipping', 1),
      onServer('end-to-end', 2),
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
