import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { whenInterrupted } from './children.mjs';

/** The per-user cache; several checkouts, and several set-ups at once, share it. */
export function cacheDirectory() {
  return process.env.GOLIVE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'golive');
}

/**
 * Lets `make` produce `target` under a temporary name beside it, and renames what it made, so that a half-written thing never has
 * the real name. `make` and `whyUnusable` are handed a path and answer null or what is wrong; so does this.
 */
export async function putInto(target, make, whyUnusable) {
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const discard = () => {
    for (const path of [temporary, `${temporary}.old`]) rmSync(path, { recursive: true, force: true });
  };
  const stay = whenInterrupted(discard);
  try {
    const problem = (await make(temporary)) ?? (await whyUnusable(temporary));
    // Another set-up that was faster may be running its copy already, and its copy is as good as ours.
    if (problem === null && (await whyUnusable(target)) !== null) moveOver(temporary, target);
    return problem;
  } finally {
    stay();
    discard();
  }
}

/** A file is replaced in one move. A directory cannot be, so what stands there is moved away first. */
function moveOver(temporary, target) {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) renameSync(target, `${temporary}.old`);
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Lost by a hair against another set-up.
    if (!existsSync(target)) throw error;
  }
}
