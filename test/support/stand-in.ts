import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A program in the place of the platform's command line, which does what this script for Node says; gone with the test. */
export async function standIn(script: string): Promise<string> {
  return executable(`#!${process.execPath}\n${script}\n`);
}

/** The same from a whole file, whatever is in it. */
export async function executable(text: string, mode = 0o755): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'golive-stand-in-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'meritt');
  await writeFile(path, text, { mode });
  return path;
}
