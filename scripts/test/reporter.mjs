import { mkdirSync, writeFileSync } from 'node:fs';

/** So much of a message is repeated in the summary; the whole of it stands where the test failed. */
const LONGEST_MESSAGE = 500;

/** Writes `.golive/tests.json` for the summary of `npm test`: `{ passed, failed, skipped: [{ count, reason }], failures: [text], repeated: [name] }`. */
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const summary = {
      passed: inState('passed').length,
      failed:
        inState('failed').length + suites.filter((suite) => suite.errors().length > 0).length + unhandledErrors.length,
      skipped: byReason([...inState('skipped'), ...inState('pending')]),
      repeated: tests.filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0).map((test) => test.fullName),
      failures: [
        ...inState('failed').map(
          (test) =>
            `${test.module.moduleId.replace(`${process.cwd()}/`, '')} > ${test.fullName}: ${first(test.result().errors)}`,
        ),
        ...suites.filter((suite) => suite.errors().length > 0).map((suite) => first(suite.errors())),
        ...unhandledErrors.map((error) => first([error])),
      ],
    };
    mkdirSync('.golive', { recursive: true });
    writeFileSync('.golive/tests.json', JSON.stringify(summary, null, 2));
  }
}

const first = ([error]) => (error?.message ?? 'without a message').slice(0, LONGEST_MESSAGE);

/** Vitest gives a reason only for `context.skip(reason)`; the rest is named one by one, so that nobody has to search. */
function byReason(tests) {
  const groups = new Map();
  for (const test of tests) {
    const reason = test.result().note ?? `without a reason: ${test.fullName}`;
    groups.set(reason, (groups.get(reason) ?? 0) + 1);
  }
  return [...groups].map(([reason, count]) => ({ reason, count }));
}
