import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheDirectory, putInto } from './cache.mjs';
import { run } from './children.mjs';
import { NothingToBeDone } from './failure.mjs';
import { downloadWithSdk } from './from-sdk.mjs';
import { showing } from './progress.mjs';

/** The oldest server inside a CLI that has all we use (updates, user metadata). */
const OLDEST_SERVER = '1.29';

/** Where the Temporal dev server may come from, best first. */
export function temporalCliSources(root) {
  const module = join(root, 'tools/temporal');
  const { go, cli } = pinsOf(join(module, 'go.mod'));
  const cached = join(cacheDirectory(), `temporal-cli-v${cli}`, 'temporal');
  return {
    install: `There is no Temporal dev server: install the Temporal CLI so that \`temporal\` is on the path, or Go ${go} or newer to build it, or set GOLIVE_TEMPORAL_CLI to where it is (what was tried is in .golive/setup.log).`,
    sources: [
      { how: 'GOLIVE_TEMPORAL_CLI', find: () => fromEnvironment(process.env.GOLIVE_TEMPORAL_CLI) },
      { how: 'path', find: () => onThePath() },
      { how: 'cache', find: () => fromCache(cached) },
      { how: 'download', find: () => fromSdk(cached, cli) },
      { how: 'build', find: () => fromGo(cached, module, go) },
    ],
  };
}

function pinsOf(file) {
  const text = readFileSync(file, 'utf8');
  return { go: /^go (\S+)$/m.exec(text)[1], cli: /github\.com\/temporalio\/cli v(\S+)/.exec(text)[1] };
}

/** Null when `command` is a Temporal CLI that can serve us, otherwise why not. */
async function whyUnusable(command) {
  const { code, output } = await run(command, ['--version'], { timeout: 10_000 });
  if (code !== 0) return `${command} does not answer --version`;
  const [, server] = /^temporal version .*\(server (\d+\.\d+)/i.exec(output) ?? [];
  if (server === undefined) return `${command} --version does not read like the Temporal CLI`;
  return isAtLeast(server, OLDEST_SERVER)
    ? null
    : `${command} holds server ${server}, and ${OLDEST_SERVER} is the oldest that works`;
}

function isAtLeast(version, oldest) {
  const [left, right] = [version, oldest].map((text) => text.split('.').map(Number));
  const differing = right.findIndex((part, index) => part !== (left[index] ?? 0));
  return differing === -1 || (left[differing] ?? 0) > right[differing];
}

async function fromEnvironment(value) {
  if (!value) return { absent: 'not set' };
  const path = resolve(value);
  const problem = await whyUnusable(path);
  // Somebody chose it: taking another one in silence would be worse than stopping.
  if (problem !== null) throw new NothingToBeDone(`GOLIVE_TEMPORAL_CLI cannot be used: ${problem}.`);
  return { path };
}

async function onThePath() {
  const { code, output } = await run('sh', ['-c', 'command -v temporal']);
  if (code !== 0) return { absent: 'no temporal on the path' };
  const problem = await whyUnusable(output);
  return problem === null ? { path: output } : { absent: problem };
}

async function fromCache(file) {
  const problem = existsSync(file) ? await whyUnusable(file) : `${file} does not exist`;
  return problem === null ? { path: file } : { absent: problem };
}

async function fromSdk(file, version) {
  const download = (temporary) =>
    downloadWithSdk({ what: 'Temporal dev server', create: 'createLocal', version: `v${version}`, file: temporary });
  const problem = await putInto(file, download, whyUnusable);
  return problem === null ? { path: file } : { absent: problem };
}

async function fromGo(file, module, oldest) {
  // Asked inside the module, so that Go's own choice of toolchain is the answer.
  const asked = await run('go', ['env', 'GOVERSION'], { cwd: module });
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(asked.output)?.[1];
  if (asked.code !== 0 || version === undefined) return { absent: 'no go on the path' };
  if (!isAtLeast(version, oldest)) return { absent: `Go ${version} is older than ${oldest}` };
  const problem = await putInto(file, (temporary) => goBuild(module, temporary), whyUnusable);
  return problem === null ? { path: file } : { absent: problem };
}

async function goBuild(module, file) {
  const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', file, 'github.com/temporalio/cli/cmd/temporal'];
  const what = 'Building the Temporal dev server with Go (once, about 4 minutes on two cores)';
  const { code, output } = await showing(what, () => run('go', args, { cwd: module }));
  return code === 0 ? null : output.split('\n').slice(-10).join('\n');
}
