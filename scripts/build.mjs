/**
 * Compiles `src` into `dist` and bundles the workflows into `dist/workflow-bundle.js`. Does nothing when nothing that goes in
 * has changed since. Usage: node scripts/build.mjs
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, whenInterrupted } from './setup/children.mjs';
import { elapsed, showing } from './setup/progress.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.fingerprint');
/** Characters; npm lists all packages of the lock file. */
const LARGEST_LIST = 10_000_000;

/** The sources do not compile or do not bundle. The message holds what the tool said. */
export class BuildFailed extends Error {
  name = 'BuildFailed';
}

/** Brings `dist` up to date. Answers whether there was anything to do. Throws {@link BuildFailed}. */
export async function build() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  // As deep as `dist`, so that the paths in source maps stay right after the move.
  const stage = join(root, `.build-${process.pid}`);
  const discard = () => rmSync(stage, { recursive: true, force: true });
  const stay = whenInterrupted(discard);
  try {
    await showing('Building', () => produce(stage));
    writeFileSync(join(stage, '.fingerprint'), wanted);
    replaceDist(stage);
  } finally {
    stay();
    discard();
  }
  return true;
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of inputs())
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function inputs() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json', 'scripts/build.mjs'];
  return [...sources.sort(), ...settings.map((name) => join(root, name))];
}

async function produce(stage) {
  const compiler = join(root, 'node_modules/.bin/tsc');
  const { code, output } = await run(compiler, ['-p', 'tsconfig.build.json', '--outDir', stage], { cwd: root });
  if (code !== 0) throw new BuildFailed(`The sources do not compile:\n${output}`);
  const command = join(stage, 'cli/main.js');
  if (existsSync(command)) chmodSync(command, 0o755);
  await bundleWorkflows(stage);
  await listParts(stage);
}

/** A machine without npm builds all the same, and the evidence then says why it names no parts. */
async function listParts(stage) {
  const command = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { code, output } = await run('npm', command, { cwd: root, timeout: 60_000, most: LARGEST_LIST });
  const list = code === 0 ? shippedParts(output) : undefined;
  if (list !== undefined) return writeFileSync(join(stage, 'sbom.cdx.json'), list);
  const why = code === null ? 'npm could not be started' : `npm sbom ended with ${code}`;
  return writeFileSync(join(stage, 'sbom.absent.txt'), `the build made none: ${why}\n`);
}

/** With `--omit dev` npm leaves out what is shipped too, where a tool of ours needs it as well. */
function shippedParts(output) {
  try {
    const { components, dependencies, ...rest } = JSON.parse(output);
    const isOurs = ({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development');
    const shipped = components.filter(isOurs);
    const known = new Set([rest.metadata.component['bom-ref'], ...shipped.map((part) => part['bom-ref'])]);
    const among = dependencies
      .filter(({ ref }) => known.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((part) => known.has(part)) }));
    return JSON.stringify({ ...rest, components: shipped, dependencies: among });
  } catch {
    return undefined;
  }
}

/** Bundled from the sources, not from the compiled files, so that stack traces name lines that a reader can open. */
async function bundleWorkflows(stage) {
  const workflowsPath = join(root, 'src/workflows/index.ts');
  if (!existsSync(workflowsPath)) return;
  const payloadConverterPath = join(root, 'src/workflows/payload-converter.ts');
  const interceptors = join(root, 'src/workflows/interceptors.ts');
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      ...(existsSync(payloadConverterPath) ? { payloadConverterPath } : {}),
      ...(existsSync(interceptors) ? { workflowInterceptorModules: [interceptors] } : {}),
      logger: new DefaultLogger('WARN'),
    });
    writeFileSync(join(stage, 'workflow-bundle.js'), code);
  } catch (error) {
    throw new BuildFailed(`The workflows cannot be bundled: ${error.message}`);
  }
}

function replaceDist(stage) {
  const former = `${stage}-former`;
  if (existsSync(dist)) renameSync(dist, former);
  renameSync(stage, dist);
  rmSync(former, { recursive: true, force: true });
}

async function main() {
  const started = Date.now();
  try {
    const worked = await build();
    console.log(worked ? `Built dist in ${elapsed(Date.now() - started)}.` : 'dist is up to date.');
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
