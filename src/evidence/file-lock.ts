import { randomUUID } from 'node:crypto';
import { link, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './durable-file.ts';
import { EvidenceProblem } from './problem.ts';

/** Who holds a lock. A process id alone is used again after a restart, in a container nearly always. */
interface Owner {
  /** Machine and process-id namespace: only inside of one does a process id mean something. */
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the kernel's ticks; '' where the system does not tell. */
  readonly born: string;
  readonly token: string;
}

const PATIENCE_MS = 5_000;
/** Holding takes milliseconds. An owner on another machine cannot be looked at, so only its silence speaks. */
const SILENCE_MS = 60_000;

/**
 * Runs `work` while no other process does so under the same lock file. A lock whose owner is dead is taken over. Throws
 * `busy` when a live owner keeps it for longer than `patienceMs`.
 */
export async function withLock<Result>(
  lock: string,
  work: () => Promise<Result>,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  const owner = await ourselves();
  // Written whole under another name and then linked: no lock is ever seen half written.
  const claim = `${lock}.${owner.token}`;
  await writeFile(claim, JSON.stringify(owner), { flag: 'wx', mode: 0o640 });
  try {
    await acquire(lock, claim, Date.now() + patienceMs);
  } finally {
    await rm(claim, { force: true });
  }
  try {
    return await work();
  } finally {
    await removeIfOwnedBy(lock, owner.token);
  }
}

async function acquire(lock: string, claim: string, deadline: number): Promise<void> {
  while (!(await linked(claim, lock))) {
    const owner = await ownerOf(lock);
    if (owner !== 'nobody' && (await isGone(owner, lock, claim))) await takeFrom(owner, lock, deadline);
    else if (Date.now() > deadline) throw new EvidenceProblem('busy', 'another writer holds the journal');
    else await sleep(5 + Math.random() * 15);
  }
}

async function linked(claim: string, lock: string): Promise<boolean> {
  try {
    await link(claim, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead owner. Two who see the same dead owner must not both remove: the second would remove the new
 * lock of the first. So removing is itself done under a lock of the same kind, and looks again once it is held.
 */
async function takeFrom(owner: Owner | 'unreadable', lock: string, deadline: number): Promise<void> {
  const left = Math.max(0, deadline - Date.now());
  await withLock(`${lock}.takeover`, () => removeIfOwnedBy(lock, owner === 'unreadable' ? owner : owner.token), left);
}

async function removeIfOwnedBy(lock: string, token: string): Promise<void> {
  const owner = await ownerOf(lock);
  const found = typeof owner === 'string' ? owner : owner.token;
  if (found === token) await rm(lock, { force: true });
}

async function ownerOf(lock: string): Promise<Owner | 'nobody' | 'unreadable'> {
  try {
    return parseOwner(await readFile(lock, 'utf8')) ?? 'unreadable';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nobody';
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { host, pid, born, token } = JSON.parse(text) as Partial<Record<keyof Owner, unknown>>;
    const whole = typeof host === 'string' && typeof born === 'string' && typeof token === 'string';
    return whole && typeof pid === 'number' && Number.isInteger(pid) && pid > 0
      ? { host, pid, born, token }
      : undefined;
  } catch {
    return undefined;
  }
}

async function isGone(owner: Owner | 'unreadable', lock: string, claim: string): Promise<boolean> {
  // A loss of power can leave an empty lock behind.
  if (owner === 'unreadable' || owner.host !== (await ourHost())) return isSilent(lock, claim);
  if (!isRunning(owner.pid)) return true;
  const born = await bornOf(owner.pid);
  return born === 'dead' || (born !== '' && owner.born !== '' && born !== owner.born);
}

/** Both times come from the file system, so that no two clocks are compared. */
async function isSilent(lock: string, claim: string): Promise<boolean> {
  try {
    const [locked, claimed] = await Promise.all([stat(lock), stat(claim)]);
    return claimed.mtimeMs - locked.mtimeMs > SILENCE_MS;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** The start of a process, `dead` for one that only waits to be buried, '' where there is no `/proc`. */
async function bornOf(pid: number): Promise<string> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets and may contain anything; state is the third, start the 22nd.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? 'dead' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

async function ourHost(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${namespace}`;
}

async function ourselves(): Promise<Owner> {
  return { host: await ourHost(), pid: process.pid, born: await bornOf(process.pid), token: randomUUID() };
}
