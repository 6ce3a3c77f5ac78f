import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../support/workflow-bundle.ts';

const HISTORIES = fileURLToPath(new URL('histories/', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../src/workflows/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.golive/', import.meta.url));
const names = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json'));

let folder: string;
let today: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  // Inside the project and outside of its packages, so that the bundler takes the mutant for one of our sources.
  await mkdir(CACHE, { recursive: true });
  folder = await mkdtemp(join(CACHE, 'replay-'));
  today = join(folder, 'today.js');
  await writeFile(today, await bundleWorkflows());
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** What keeps the history from replaying with this bundle, or `undefined`. */
async function problemOf(name: string, bundle: string): Promise<Error | undefined> {
  const history = historyFromJSON(JSON.parse(await readFile(join(HISTORIES, name), 'utf8')));
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath: bundle } }, [{ workflowId: name, history }]);
  for await (const { error } of replayed) return error;
  throw new Error('nothing was replayed');
}

describe('Every recorded history replays with the workflows of today', () => {
  it('there are histories of every way to end', () => {
    expect(names).toEqual([
      'aborted-in-a-soak.json',
      'blocked-then-aborted.json',
      'canceled-in-a-soak.json',
      'hostile-messages-then-abort.json',
      'live.json',
      'rolled-back.json',
    ]);
  });

  it.each(names)('%s', { timeout: 60_000 }, async (name) => {
    expect(await problemOf(name, today)).toBeUndefined();
  });
});

it('A change that does something else is noticed', { timeout: 60_000 }, async () => {
  const story = await readFile(join(SOURCES, 'go-live.ts'), 'utf8');
  const withoutSoak = story.replace(/\n[^\n]*window\('steady-state'[^\n]*\n/, '\n');
  expect(withoutSoak).not.toBe(story);
  const mutant = join(folder, 'mutant.ts');
  const fromHere = withoutSoak.replaceAll(/from '(\.[^']*)'/g, (_, path: string) => `from '${join(SOURCES, path)}'`);
  await writeFile(mutant, fromHere);
  const bundle = join(folder, 'mutant.js');
  await writeFile(bundle, await bundleWorkflows({ workflowsPath: mutant }));
  expect((await problemOf('live.json', bundle))?.name).toBe('DeterminismViolationError');
});
