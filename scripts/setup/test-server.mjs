import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheDirectory, putInto } from './cache.mjs';
import { run } from './children.mjs';
import { NothingToBeDone } from './failure.mjs';
import { downloadWithSdk } from './from-sdk.mjs';
import { showing } from './progress.mjs';

const NAME = 'temporal-test-server';
const DOWNLOAD_LIMIT = 10 * 60_000;

/**
 * Starts the server of the Java SDK. `exec`, because whoever starts the server kills only its direct child; serial collector and
 * first compiler alone, because the server has five seconds to answer.
 */
const WRAPPER = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

/** Where the time-skipping test server may come from, best first. */
export function testServerSources(root) {
  const pom = join(root, 'tools/test-server/pom.xml');
  const version = /<artifactId>temporal-test-server<\/artifactId>\s*<version>([^<]+)</.exec(
    readFileSync(pom, 'utf8'),
  )[1];
  const home = join(cacheDirectory(), `${NAME}-${version}`);
  return {
    install: `There is no time-skipping test server: install Java and Maven, or set GOLIVE_TEST_SERVER to where it is (what was tried is in .golive/setup.log).`,
    sources: [
      { how: 'GOLIVE_TEST_SERVER', find: () => fromEnvironment(process.env.GOLIVE_TEST_SERVER) },
      { how: 'cache', find: () => fromCache(home) },
      { how: 'download', find: () => fromSdk(home, version) },
      { how: 'maven', find: () => fromMaven(home, pom) },
    ],
  };
}

/** Without arguments the server explains itself and ends, whatever its exit code. */
async function whyUnusable(file) {
  const { output } = await run(file, [], { timeout: 10_000 });
  return /usage: <command> <port>/i.test(output) ? null : `${file} does not start (${output.split('\n')[0]})`;
}

async function fromEnvironment(value) {
  if (!value) return { absent: 'not set' };
  const path = resolve(value);
  const problem = await whyUnusable(path);
  if (problem !== null) throw new NothingToBeDone(`GOLIVE_TEST_SERVER cannot be used: ${problem}.`);
  return { path };
}

async function fromCache(home) {
  const file = join(home, NAME);
  const problem = existsSync(file) ? await whyUnusable(file) : `${file} does not exist`;
  return problem === null ? { path: file } : { absent: problem };
}

async function fromSdk(home, version) {
  return fill(home, (directory) =>
    downloadWithSdk({ what: NAME, create: 'createTimeSkipping', version: `v${version}`, file: join(directory, NAME) }),
  );
}

async function fromMaven(home, pom) {
  for (const command of ['java', 'mvn']) {
    const { code } = await run(command, ['-version'], { timeout: 30_000 });
    if (code !== 0) return { absent: `no ${command} on the path` };
  }
  return fill(home, (directory) => copyJars(pom, directory));
}

async function copyJars(pom, directory) {
  const args = [
    '--batch-mode',
    '--strict-checksums',
    '--file',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${join(directory, 'lib')}`,
  ];
  const copied = await showing('Fetching the time-skipping test server with Maven', () =>
    run('mvn', args, { timeout: DOWNLOAD_LIMIT }),
  );
  if (copied.code !== 0) return copied.output.split('\n').find((line) => line.includes('ERROR')) ?? 'Maven failed';
  writeFileSync(join(directory, NAME), WRAPPER, { mode: 0o755 });
  return null;
}

/** Makes the cached directory with `make`, which answers null or why it failed. */
async function fill(home, make) {
  const makeDirectory = (directory) => (mkdirSync(directory), make(directory));
  const problem = await putInto(home, makeDirectory, (directory) => whyUnusable(join(directory, NAME)));
  return problem === null ? { path: join(home, NAME) } : { absent: problem };
}
