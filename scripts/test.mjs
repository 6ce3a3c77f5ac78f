/**
 * `npm test`: every check, then every test; the later ones run even when an early one fails. With arguments
 * (`npm test -- test/domain -t digest`) only vitest runs, with those arguments. The last line is `N passed, N failed, N skipped`.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './setup/children.mjs';
import { elapsed } from './setup/progress.mjs';
import { runTests } from './test/vitest.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);

const CHECKS = [
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  { name: 'build', command: [process.execPath, 'scripts/build.mjs'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [bin('prettier'), '--check', '.'] },
  { name: 'imports', command: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src'] },
  { name: 'unused code', command: [bin('knip')] },
];

async function check({ name, command: [program, ...args] }) {
  const started = Date.now();
  const { code, output } = await run(program, args, { cwd: root });
  const passed = code === 0;
  if (!passed) console.log(output);
  console.log(line(passed, name, Date.now() - started));
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: [], failures: passed ? [] : [name] };
}

async function test(args) {
  const started = Date.now();
  const result = await runTests(root, args);
  console.log(line(result.failed === 0, 'tests', Date.now() - started, counts(result)));
  return result;
}

/** What the tests have just measured, as the table that `docs/checks.md` shows. */
async function checksTable() {
  const { code, output } = await run(process.execPath, ['scripts/checks-table.mjs'], { cwd: root });
  console.log(output.trimEnd());
  console.log(line(code === 0, 'table', 0));
  return {
    passed: code === 0 ? 1 : 0,
    failed: code === 0 ? 0 : 1,
    skipped: [],
    failures: code === 0 ? [] : ['the table of docs/checks.md'],
  };
}

function line(passed, name, milliseconds, more = '') {
  const seconds = milliseconds < 60_000 ? `${(milliseconds / 1_000).toFixed(1)} s` : elapsed(milliseconds);
  return `${passed ? 'passed' : 'FAILED'}  ${name.padEnd(12)} ${seconds.padStart(12)}  ${more}`.trimEnd();
}

const counts = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped.reduce((sum, { count }) => sum + count, 0)} skipped`;

const args = process.argv.slice(2);
const results = [];
if (args.length === 0) for (const one of CHECKS) results.push(await check(one));
results.push(await test(args));
if (args.length === 0) results.push(await checksTable());

const total = {
  passed: results.reduce((sum, { passed }) => sum + passed, 0),
  failed: results.reduce((sum, { failed }) => sum + failed, 0),
  skipped: results.flatMap(({ skipped }) => skipped),
};
for (const name of results.flatMap(({ repeated = [] }) => repeated)) console.log(`repeated: ${name}`);
for (const failure of results.flatMap(({ failures }) => failures)) console.log(`failed: ${failure}`);
for (const { count, reason } of total.skipped) console.log(`skipped ${count}: ${reason}`);
console.log(counts(total));
process.exit(total.failed === 0 ? 0 : 1);
