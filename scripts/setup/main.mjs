import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildFailed, build } from '../build.mjs';
import { Trail, acquire } from './acquire.mjs';
import { NothingToBeDone } from './failure.mjs';
import { installDependencies } from './install.mjs';
import { alone } from './one-at-a-time.mjs';
import { temporalCliSources } from './temporal-cli.mjs';
import { testServerSources } from './test-server.mjs';

const MODES = ['start', 'worker', 'test'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const state = join(root, '.golive');

/** Makes the checkout ready for MODE. Answers the exit code. */
export async function setUp(mode) {
  if (!MODES.includes(mode)) {
    console.error(`Usage: node scripts/setup.mjs ${MODES.join(' | ')}`);
    return 2;
  }
  mkdirSync(state, { recursive: true });
  const trail = new Trail(join(state, 'setup.log'));
  try {
    await alone(join(state, 'setup.lock'), () => prepare(mode, trail));
    return 0;
  } catch (error) {
    if (!(error instanceof NothingToBeDone || error instanceof BuildFailed)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    trail.write();
  }
}

async function prepare(mode, trail) {
  await installDependencies(root);
  await buildFor(mode);
  if (mode !== 'worker') writeServers(await findServers(mode, trail));
}

/** A build that fails must not keep `npm test` from running the other checks; it fails there again, as a check. */
async function buildFor(mode) {
  try {
    await build();
  } catch (error) {
    if (mode !== 'test' || !(error instanceof BuildFailed)) throw error;
    console.error(error.message);
  }
}

async function findServers(mode, trail) {
  const temporalCli = await acquire('Temporal dev server', temporalCliSources(root), trail);
  if (temporalCli.path === null && (mode === 'start' || process.env.GOLIVE_TESTS_WITHOUT_SERVER !== '1')) {
    throw new NothingToBeDone(temporalCli.missing);
  }
  if (mode === 'start') return { temporalCli };
  const testServer = await acquire('time-skipping test server', testServerSources(root), trail);
  if (testServer.path === null && process.env.CI === 'true') throw new NothingToBeDone(testServer.missing);
  return { temporalCli, testServer };
}

/**
 * `.golive/servers.json`: absolute paths of the binaries (null: there is none), how each was found, and for a missing
 * one the sentence that says what to install. Mode `start` does not look for the test server and leaves what is known of it.
 */
function writeServers(servers) {
  const file = join(state, 'servers.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const column = (name) =>
    Object.fromEntries(Object.entries(servers).map(([key, found]) => [key, found[name] ?? null]));
  const now = {
    ...known,
    ...column('path'),
    how: { ...known.how, ...column('how') },
    missing: { ...known.missing, ...column('missing') },
  };
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(now, null, 2));
  renameSync(`${file}.${process.pid}`, file);
}
