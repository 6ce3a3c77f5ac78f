import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A checkout of its own, compiled, that has found no Temporal server yet. */
export interface Checkout {
  readonly root: string;
  readonly dispose: () => Promise<void>;
}

/** Compiles `entries` (below `src`) and what they import; below node_modules, so that it finds its packages. */
export async function compile(...entries: readonly string[]): Promise<Checkout> {
  const cache = join(ROOT, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const root = await mkdtemp(join(cache, 'golive-cli-'));
  const dispose = () => rm(root, { recursive: true, force: true });
  await cp(join(ROOT, 'contract'), join(root, 'contract'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  const config = join(root, 'tsconfig.json');
  const compilerOptions = { rootDir: join(ROOT, 'src'), outDir: join(root, 'dist') };
  const files = entries.map((entry) => join(ROOT, 'src', entry));
  const settings = { extends: join(ROOT, 'tsconfig.build.json'), compilerOptions, include: [], files };
  await writeFile(config, JSON.stringify(settings));
  try {
    await promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config]);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { root, dispose };
}
