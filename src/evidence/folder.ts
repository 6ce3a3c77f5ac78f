import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readWhole } from './durable-file.ts';
import type { BundleFiles, BundleProblem } from './inspect.ts';
import { byPath } from './paths.ts';
import type { StoredFile } from './store.ts';

/** The bundle in a directory, and what in it is no file. Throws what the system says when it cannot be read. */
export async function readFolder(
  directory: string,
): Promise<{ readonly bundle: BundleFiles; readonly problems: readonly BundleProblem[] }> {
  const { files, problems } = await walk(directory, '');
  return { bundle: { files, read: (path) => readWhole(join(directory, path)) }, problems };
}

interface Walk {
  readonly files: readonly StoredFile[];
  readonly problems: readonly BundleProblem[];
}

async function walk(directory: string, folder: string): Promise<Walk> {
  const files: StoredFile[] = [];
  const problems: BundleProblem[] = [];
  for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const below = await walk(directory, path);
      files.push(...below.files);
      problems.push(...below.problems);
    } else if (entry.isFile()) files.push({ path, sizeBytes: (await lstat(join(directory, path))).size });
    else problems.push({ path, why: 'is neither a file nor a directory' });
  }
  return { files: files.sort(byPath), problems };
}
