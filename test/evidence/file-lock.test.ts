import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withLock } from '../../src/evidence/file-lock.ts';
import { emptyDirectory, problemOf } from './places.ts';

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly born: string;
  readonly token: string;
}

const newLock = () => join(emptyDirectory(), 'lock');
const attempt = (lock: string) => problemOf(() => withLock(lock, () => Promise.resolve(), 60));

/** What this process writes into a lock. */
async function ourOwner(): Promise<Owner> {
  const lock = newLock();
  return withLock(lock, () => Promise.resolve(JSON.parse(readFileSync(lock, 'utf8')) as Owner));
}

async function heldBy(change: Partial<Owner>): Promise<string> {
  const lock = newLock();
  writeFileSync(lock, JSON.stringify({ ...(await ourOwner()), token: 'theirs', ...change }));
  return lock;
}

function makeOld(lock: string): void {
  const then = Date.now() / 1000 - 61;
  utimesSync(lock, then, then);
}

/** The id of a process that is no more. */
const deadPid = () => Number(execFileSync(process.execPath, ['-p', 'process.pid']).toString());

describe('a lock', () => {
  test('lets one in at a time and leaves nothing behind', async () => {
    const lock = newLock();
    let [inside, most] = [0, 0];
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(1);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(lock, work)));
    expect(most).toBe(1);
    expect(readdirSync(join(lock, '..'))).toEqual([]);
  });

  test('is given back when the work fails', async () => {
    const lock = newLock();
    await expect(withLock(lock, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
    expect(await attempt(lock)).toBe('none');
  });

  test('of a live process is never taken, however old: the second writer is told that it is busy', async () => {
    const lock = await heldBy({});
    makeOld(lock);
    expect(await attempt(lock)).toBe('busy');
    expect(readFileSync(lock, 'utf8')).toContain('theirs');
  });

  test('of a dead process is taken over at once', async () => {
    expect(await attempt(await heldBy({ pid: deadPid() }))).toBe('none');
  });

  test.runIf(process.platform === 'linux')(
    'of a process id that was given to another process is taken over',
    async () => {
      expect(await attempt(await heldBy({ born: '1' }))).toBe('none');
    },
  );

  test.runIf(process.platform === 'linux')('of a killed process that nobody buried is taken over', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = await new Promise<number>((settle) =>
      createInterface(parent.stdout).once('line', (line) => settle(Number(line))),
    );
    const isDead = () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
    await expect.poll(isDead).toBe(true);
    expect(await attempt(await heldBy({ pid, born: '' }))).toBe('none');
  });

  test('of another machine is only taken over after a minute of silence', async () => {
    const lock = await heldBy({ host: 'elsewhere', pid: deadPid() });
    expect(await attempt(lock)).toBe('busy');
    makeOld(lock);
    expect(await attempt(lock)).toBe('none');
  });

  test('without a readable owner is only taken over after a minute', async () => {
    const lock = newLock();
    writeFileSync(lock, '');
    expect(await attempt(lock)).toBe('busy');
    makeOld(lock);
    expect(await attempt(lock)).toBe('none');
  });

  test('of a dead owner, which somebody died over while taking it, is taken over all the same', async () => {
    const lock = await heldBy({ pid: deadPid() });
    writeFileSync(`${lock}.takeover`, readFileSync(lock));
    expect(await attempt(lock)).toBe('none');
  });

  test('of a dead owner is given to one of many who see it at once', async () => {
    const pid = deadPid();
    for (let round = 0; round < 20; round += 1) {
      const lock = await heldBy({ pid });
      let [inside, most] = [0, 0];
      const work = async () => {
        inside += 1;
        most = Math.max(most, inside);
        await sleep(1);
        inside -= 1;
      };
      await Promise.all(Array.from({ length: 8 }, () => withLock(lock, work)));
      expect(most).toBe(1);
    }
  });
});
