import { spawn } from 'node:child_process';

const GRACE = 2_000;
const OUTPUT_KEPT = 200_000;
const running = new Set();
const onLeaving = new Set();
let leaving = false;

/**
 * Runs a program to its end. Answers its exit code (null: it could not be started, or was killed), what it wrote, and whether
 * its time was up. It never rejects. With `show`, the program writes to our own output instead; of what it writes otherwise the
 * last `most` characters are kept.
 */
export function run(command, args, { cwd, env = process.env, timeout, show = false, most = OUTPUT_KEPT } = {}) {
  return new Promise((resolve) => {
    // Its own process group, so that a compiler started by a build tool ends together with the tool.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', ...Array(2).fill(show ? 'inherit' : 'pipe')],
    });
    running.add(child);
    let output = '';
    let timedOut = false;
    const keep = (chunk) => (output = (output + chunk).slice(-most));
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    const deadline = timeout && setTimeout(() => ((timedOut = true), signalGroup(child, 'SIGKILL')), timeout);
    const end = (code, problem = '') => {
      clearTimeout(deadline);
      running.delete(child);
      // Once we are leaving nobody may act on a child that ended because of it.
      if (!leaving) resolve({ code, output: `${output}${problem}`.trim(), timedOut });
    };
    child.once('error', (error) => end(null, error.message));
    child.once('close', (code) => end(code));
  });
}

/** Registers a synchronous clean-up for an interrupted process. Answers the function that takes it back. */
export function whenInterrupted(cleanUp) {
  onLeaving.add(cleanUp);
  return () => onLeaving.delete(cleanUp);
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

async function leave(exitCode) {
  leaving = true;
  const children = [...running];
  const ended = Promise.all(children.map((child) => new Promise((resolve) => child.once('close', resolve))));
  for (const child of children) signalGroup(child, 'SIGTERM');
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, GRACE))]);
  for (const child of children) signalGroup(child, 'SIGKILL');
  for (const cleanUp of onLeaving) cleanUp();
  process.exit(exitCode);
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => void leave(exitCode));
}
