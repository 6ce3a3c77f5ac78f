/**
 * Ends what a command started when the command itself was killed and could not. It is told process ids on standard input,
 * a line each: `+123` started, `-123` ended. The input closes when the command is gone, however it went.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const GRACE_MS = 5_000;
const LOOK_EVERY_MS = 50;

const held = new Set<number>();
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isSafeInteger(pid) || pid <= 1) continue;
  if (line.startsWith('+')) held.add(pid);
  else held.delete(pid);
}

signalAll('SIGTERM');
for (const since = Date.now(); held.size > 0 && Date.now() - since < GRACE_MS; await delay(LOOK_EVERY_MS)) signalAll(0);
signalAll('SIGKILL');

/** To the groups that these processes lead; who is gone is forgotten. */
function signalAll(signal: NodeJS.Signals | 0): void {
  for (const pid of held) {
    try {
      process.kill(-pid, signal);
    } catch {
      held.delete(pid);
    }
  }
}
