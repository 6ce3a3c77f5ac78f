import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Run as a process of its own: appends journal entries to a run, and can be told to die at its n-th call of the file system,
 * a write after half of its bytes. Arguments: directory (or the address of a bucket of the tests), run, first entry, last
 * entry, entries a batch, the call to die at (0 for never).
 */
const [directory = '', run = '', ...numbers] = process.argv.slice(2);
const [first = 1, last = 1, batch = 1, dieAt = 0] = numbers.map(Number);

let calls = 0;

async function perhapsDie(beforehand: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  calls += 1;
  if (calls !== dieAt) return;
  await beforehand();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => setInterval(() => undefined, 1000));
}

function watch(object: object, name: string): void {
  const original: unknown = Reflect.get(object, name);
  if (typeof original !== 'function') throw new Error(`there is no ${name}`);
  Reflect.set(object, name, async function (this: unknown, ...rest: unknown[]) {
    const [bytes, from, length, ...where] = rest;
    const half = typeof length === 'number' ? [bytes, from, Math.ceil(length / 2), ...where] : undefined;
    await perhapsDie(name === 'write' && half !== undefined ? () => Reflect.apply(original, this, half) : undefined);
    return Reflect.apply(original, this, rest);
  });
}

if (dieAt > 0) {
  const handle = await fs.open(directory, 'r');
  const handles: unknown = Object.getPrototypeOf(handle);
  await handle.close();
  if (typeof handles !== 'object' || handles === null) throw new Error('file handles have no prototype');
  for (const name of ['write', 'writeFile', 'sync', 'truncate', 'readFile']) watch(handles, name);
  for (const name of ['open', 'link', 'rm', 'mkdir', 'writeFile', 'readFile', 'stat']) watch(fs, name);
  syncBuiltinESMExports();
}

const { openFileStore } = await import('../../src/evidence/file-store.ts');
const { openBucket } = await import('./bucket-place.ts');
const { appendEntries } = await import('../../src/evidence/journal.ts');
const { entriesFrom } = await import('./entries.ts');

const store = directory.startsWith('http:') ? openBucket(directory) : openFileStore(directory);
process.stdout.write('ready\n');
for (let next = first; next <= last; next += batch) {
  await appendEntries(store, run, entriesFrom(next, Math.min(last, next + batch - 1)));
  process.stdout.write(`${Math.min(last, next + batch - 1)}\n`);
}
