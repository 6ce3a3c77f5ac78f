import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { problemsOf, type Lock } from './lock.ts';

async function doctored(change: (packages: Lock['packages']) => void): Promise<string[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock;
  change(lock.packages);
  return problemsOf(lock);
}

test('the committed lock file has no problem', async () => {
  expect(await doctored(() => undefined)).toEqual([]);
});

test('an optional package of another platform that is not locked is a problem', async () => {
  const problems = await doctored((packages) => delete packages['node_modules/@swc/core-darwin-arm64']);
  expect(problems).toEqual(['node_modules/@swc/core can use @swc/core-darwin-arm64, which is not in the lock']);
});

test('the address of a registry is a problem', async () => {
  const problems = await doctored((packages) =>
    Object.assign(packages['node_modules/zod'] ?? {}, { resolved: 'https://registry.example/zod.tgz' }),
  );
  expect(problems).toEqual(['node_modules/zod names the address it came from']);
});

test('two versions among the packages of Temporal are a problem', async () => {
  const problems = await doctored((packages) =>
    Object.assign(packages['node_modules/@temporalio/client'] ?? {}, { version: '1.23.0' }),
  );
  expect(problems).toEqual([expect.stringContaining('instead of one version')]);
});

test('a second protobufjs 8 below another package is a problem', async () => {
  const problems = await doctored((packages) => {
    packages['node_modules/@temporalio/proto/node_modules/protobufjs'] = { version: '8.8.1' };
  });
  expect(problems).toEqual([expect.stringContaining('protobufjs 8 has to be locked once and at the top')]);
});

test('an older protobufjs at the top is a problem', async () => {
  const problems = await doctored((packages) =>
    Object.assign(packages['node_modules/protobufjs'] ?? {}, { version: '7.5.4' }),
  );
  expect(problems).toEqual([expect.stringContaining('not at: nowhere')]);
});
