import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../setup/children.mjs';

/** Which server each project of `vitest.config.ts` needs. */
const PROJECTS = { unit: null, 'time-skipping': 'testServer', 'end-to-end': 'temporalCli', faults: 'temporalCli' };

/**
 * Runs vitest with `args`. Answers how many tests passed and failed (an error outside of a test counts as a failed one) and
 * which were skipped, `{ count, reason }` for each reason, what failed, a text each, and the names of what was repeated. Projects
 * whose server the set-up did not find are skipped whole.
 */
export async function runTests(root, args) {
  const servers = serversOf(root);
  const missing = Object.entries(PROJECTS).filter(([, server]) => server !== null && !servers[server]);
  for (const [project, server] of missing) console.log(`Skipping ${project}: ${reasonFor(servers, server)}`);
  const runnable = Object.keys(PROJECTS).filter((name) => !missing.some(([project]) => project === name));
  const selection = missing.length === 0 ? [] : runnable.flatMap((name) => ['--project', name]);

  const report = join(root, '.golive/tests.json');
  rmSync(report, { force: true });
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default'];
  const { code } = await vitest(
    root,
    ['run', ...selection, ...args, ...reporters, '--reporter=./scripts/test/reporter.mjs'],
    true,
  );

  const ran = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { passed: 0, failed: 0, skipped: [], failures: [], repeated: [] };
  // Whatever made vitest fail without a failed test (no test found, a set-up that threw) must not read like a success.
  const failed = code !== 0 && ran.failed === 0 ? 1 : ran.failed;
  const skippedWhole =
    args.length > 0
      ? []
      : await Promise.all(missing.map(([project, server]) => countOf(root, project, reasonFor(servers, server))));
  return {
    passed: ran.passed,
    failed,
    skipped: [...ran.skipped, ...skippedWhole],
    failures: ran.failures,
    repeated: ran.repeated,
  };
}

function serversOf(root) {
  const file = join(root, '.golive/servers.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function reasonFor(servers, server) {
  return servers.missing?.[server] ?? 'the set-up has not looked for its server (node scripts/setup.mjs test)';
}

async function countOf(root, project, reason) {
  const { code, output } = await vitest(root, ['list', '--static-parse', '--project', project]);
  const count = code === 0 ? output.split('\n').filter((line) => line.includes(' > ')).length : 0;
  return { count, reason: `${project}: ${reason}` };
}

function vitest(root, args, show = false) {
  return run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { cwd: root, show });
}
