import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './children.mjs';
import { NothingToBeDone } from './failure.mjs';
import { showing } from './progress.mjs';

/** Runs `npm ci` unless `node_modules` holds exactly what `package-lock.json` asks for. */
export async function installDependencies(root) {
  const marker = join(root, 'node_modules/.golive-installed');
  const wanted = fingerprint(root);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  if (existsSync(marker) || !holdsTheLock(root)) await cleanInstall(root);
  writeFileSync(marker, wanted);
}

/** The platform belongs to it: a checkout shared with a container needs other binaries than its host. */
function fingerprint(root) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${hash} ${process.platform} ${process.arch}\n`;
}

/** Compares with npm's own record, which npm writes last: whoever ran `npm ci` by hand need not wait again. */
function holdsTheLock(root) {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packagesOf(record);
  const locked = Object.entries(packagesOf(join(root, 'package-lock.json'))).filter(([path]) => path !== '');
  return (
    locked.every(([path, { version, optional }]) =>
      path in installed ? installed[path].version === version : optional,
    ) && Object.keys(installed).every((path) => locked.some(([known]) => known === path))
  );
}

async function cleanInstall(root) {
  // Under npm the very npm that runs us is the right one; `npm` on the path may be another.
  const [command, ...before] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const { code, output } = await showing('Installing dependencies (npm ci)', () =>
    run(command, [...before, 'ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root }),
  );
  if (code === 0) return;
  console.error(output.split('\n').slice(-20).join('\n'));
  throw new NothingToBeDone(
    'Dependencies could not be installed: make `npm ci` work here (it needs the npm registry once).',
  );
}
