import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { whenInterrupted } from './children.mjs';
import { showing } from './progress.mjs';

const BEAT = 5_000;
const ABANDONED = 30_000;

/**
 * Runs `work` while no other set-up of this checkout runs: two at once would pull `node_modules` from under each other.
 * The holder touches the lock file, so one left behind by a killed set-up is taken over after half a minute.
 */
export async function alone(lockFile, work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  await showing('Waiting for another set-up of this checkout', () => take(lockFile));
  const release = () => rmSync(lockFile, { force: true });
  const stay = whenInterrupted(release);
  const beat = setInterval(() => utimesSync(lockFile, new Date(), new Date()), BEAT);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    stay();
    release();
  }
}

async function take(lockFile) {
  for (;;) {
    try {
      writeFileSync(lockFile, `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (ageOf(lockFile) > ABANDONED) rmSync(lockFile, { force: true });
    else await pause(200);
  }
}

function ageOf(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}
