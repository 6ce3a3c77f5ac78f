import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A small house in which every row of the import table is broken once, and every permission used once. */
const house = {
  'src/domain/word.ts': `export type Word = string; export const word: Word = 'word';`,
  'src/domain/word-schema.ts': `import { z } from 'zod'; export type Shape = string; export const shape = z.string();`,
  'src/activities/index.ts': `import { ask } from '../intended/client.ts'; export type Activities = { ask: typeof ask }; export const activities = { ask };`,
  'src/http/ask.ts': `import { request } from 'undici'; export { request };`,
  'src/intended/client.ts': `import { request } from '../http/ask.ts'; import { word } from '../domain/word.ts'; export const ask = () => request(word);`,
  'src/workflows/good.ts': `import type { Activities } from '../activities/index.ts'; import type { Shape } from '../domain/word-schema.ts'; import { word } from '../domain/word.ts'; import { sleep } from '@temporalio/workflow'; export const good = (activities: Activities, shape: Shape) => [sleep, word, activities, shape];`,
  'src/evidence/verification/good.ts': `import { ask } from '../../metrics/source.ts'; import { keep } from '../keep.ts'; export const good = [ask, keep];`,
  'src/evidence/keep.ts': `export const keep = 1;`,
  'src/metrics/source.ts': `export const ask = 1;`,
  'src/config.ts': `export const config = {};`,
  'src/worker.ts': `import { config } from './config.ts'; import { activities } from './activities/index.ts'; export const worker = [config, activities];`,
  'src/cli/good.ts': `import { config } from '../config.ts'; import { Command } from 'commander'; export const good = [config, Command];`,
  'src/sandbox/good.ts': `import { word } from '../domain/word.ts'; import { Hono } from 'hono'; export const good = [word, Hono];`,
  'src/traffic/chicken.ts': `import type { Egg } from './egg.ts'; export type Chicken = { egg: Egg };`,
  'src/traffic/egg.ts': `import type { Chicken } from './chicken.ts'; export type Egg = { chicken: Chicken };`,
  'test/shared.ts': `export const shared = 1;`,
};

const broken: [rule: string, file: string, source: string][] = [
  ['domain-imports-only-domain', 'src/domain/clock.ts', `import 'node:fs';`],
  ['domain-imports-only-domain', 'src/domain/http.ts', `import '../intended/client.ts';`],
  ['domain-imports-only-domain', 'src/domain/sleep.ts', `import '@temporalio/workflow';`],
  ['only-schema-files-import-zod', 'src/domain/zod-elsewhere.ts', `import 'zod';`],
  ['only-schema-files-import-zod', 'src/domain/zod-hidden.ts', `import './word-schema.ts';`],
  ['workflows-import-only-words', 'src/workflows/http.ts', `import 'undici';`],
  ['workflows-import-only-words', 'src/workflows/files.ts', `import 'node:fs';`],
  ['workflows-import-only-words', 'src/workflows/client.ts', `import type {} from '../intended/client.ts';`],
  [
    'workflows-import-types-of-activities',
    'src/workflows/direct.ts',
    `import { activities } from '../activities/index.ts';`,
  ],
  ['workflows-stay-free-of-zod', 'src/workflows/schema.ts', `import { shape } from '../domain/word-schema.ts';`],
  ['activities-import-domain-and-world', 'src/activities/config.ts', `import type {} from '../config.ts';`],
  ['activities-import-domain-and-world', 'src/activities/sandbox.ts', `import '../sandbox/good.ts';`],
  ['activities-import-domain-and-world', 'src/activities/workflow.ts', `import '../workflows/good.ts';`],
  ['world-imports-domain-only', 'src/traffic/other-room.ts', `import '../intended/client.ts';`],
  ['world-imports-domain-only', 'src/evidence/activities.ts', `import '../activities/index.ts';`],
  ['http-is-for-the-world', 'src/activities/http.ts', `import '../http/ask.ts';`],
  ['http-knows-nobody', 'src/http/platform.ts', `import '../intended/client.ts';`],
  ['world-without-temporal', 'src/http/temporal.ts', `import '@temporalio/activity';`],
  ['readers-of-evidence-recompute', 'src/evidence/report/platform.ts', `import '../../intended/client.ts';`],
  ['evidence-without-its-readers', 'src/evidence/reads.ts', `import './verification/good.ts';`],
  ['world-without-temporal', 'src/metrics/temporal.ts', `import '@temporalio/activity';`],
  ['world-imports-domain-only', 'src/notify/other-room.ts', `import '../intended/client.ts';`],
  ['world-without-temporal', 'src/notify/temporal.ts', `import '@temporalio/common';`],
  ['sandbox-imports-domain-only', 'src/sandbox/client.ts', `import '../intended/client.ts';`],
  ['cli-never-imports-activities', 'src/cli/acts.ts', `import '../activities/index.ts';`],
  ['configuration-is-for-the-edges', 'src/sandbox/main.ts', `import '../config.ts';`],
  ['configuration-is-for-the-edges', 'src/approvals/config.ts', `import type {} from '../config.ts';`],
  ['edges-are-not-imported', 'src/activities/worker.ts', `import '../worker.ts';`],
  ['terminal-libraries-in-cli', 'src/evidence/prompt.ts', `import '@clack/prompts';`],
  ['no-cycles', 'src/approvals/egg.ts', `import { hen } from './hen.ts'; export const egg = () => hen;`],
  ['source-imports-only-source', 'src/cli/test.ts', `import '../../test/shared.ts';`],
  ['declared-packages-only', 'src/sandbox/ajv.ts', `import 'ajv';`],
  ['declared-packages-only', 'src/sandbox/undeclared.ts', `import 'webpack';`],
  ['resolvable', 'src/cli/nowhere.ts', `import './nowhere-else.ts';`],
];

/** A cycle is reported once, at its first file. */
const accomplices = {
  'src/approvals/hen.ts': `import { egg } from './egg.ts'; export const hen = () => egg;`,
};

const report = z.object({
  summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }),
});

let directory: string;
let violations: Set<string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'golive-house-'));
  for (const [file, source] of [
    ...Object.entries({ ...house, ...accomplices }),
    ...broken.map(([, ...rest]) => rest),
  ]) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), source);
  }
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
    await cp(file, join(directory, file));
  await symlink(resolve('node_modules'), join(directory, 'node_modules'));
  violations = await cruise(directory);
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Each violation as `rule file`. The cruiser ends with the number of errors as its exit code, so only its answer counts. */
async function cruise(cwd: string): Promise<Set<string>> {
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 64 * 2 ** 20 });
  const { summary } = report.parse(JSON.parse(stdout));
  return new Set(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`));
}

test.each(broken)('the rule %s stops %s', (rule, file) => {
  expect([...violations]).toContain(`${rule} ${file}`);
});

test('what the import table allows is no violation', () => {
  const permitted = Object.keys(house);
  expect([...violations].filter((violation) => permitted.some((file) => violation.endsWith(` ${file}`)))).toEqual([]);
});
