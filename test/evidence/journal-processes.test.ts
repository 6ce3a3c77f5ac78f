import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BEFORE_THE_FIRST, linkOf } from '../../src/evidence/chain.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { appendEntries, verifyJournal } from '../../src/evidence/journal.ts';
import { compile, ended, linesOf, type Program } from '../support/processes.ts';
import { openBucket } from './bucket-place.ts';
import { BucketServer } from './bucket-server.ts';
import { entriesFrom } from './entries.ts';
import { emptyDirectory, RUN } from './places.ts';

let appender: Program;
beforeAll(() => {
  appender = compile('evidence/appender.ts');
}, 60_000);
afterAll(() => appender.remove());

const textIn = (directory: string) => readFileSync(join(directory, RUN, 'journal.jsonl'), 'utf8');

const exists = (directory: string) => openFileStore(directory).exists(`${RUN}/journal.jsonl`);

function journalOf(last: number): string {
  let previous = BEFORE_THE_FIRST;
  const lines = entriesFrom(1, last).map((entry) => {
    const link = linkOf({ ...entry }, previous);
    previous = link.digest;
    return `${link.line}\n`;
  });
  return lines.join('');
}

describe('a writer killed with kill -9', () => {
  test('at any of its calls of the file system, and its successor too, leaves a journal that the next one finishes', async () => {
    const [last, batch] = [3, 3];
    let [dieAt, alive] = [0, false];
    while (!alive) {
      dieAt += 1;
      const directory = emptyDirectory();
      const start = () => appender.start(directory, RUN, 1, last, batch, dieAt);
      alive = (await ended(start())) === 0;
      await ended(start());
      await appendEntries(openFileStore(directory), RUN, entriesFrom(1, last));
      expect(textIn(directory)).toBe(journalOf(last));
    }
    expect(dieAt).toBeGreaterThan(30);
  }, 300_000);

  test('at any moment has lost nothing it had answered for, and the next one goes on from there', async () => {
    const [last, directory] = [150, emptyDirectory()];
    const whole = journalOf(last);
    let [answered, kills] = [0, 0];
    while (answered < last) {
      const child = appender.start(directory, RUN, answered + 1, last, 1);
      const lines = linesOf(child, (line) => {
        if (line === 'ready') setTimeout(() => child.kill('SIGKILL'), 4 * kills);
      });
      if ((await ended(child)) === 'SIGKILL') kills += 1;
      answered = Math.max(answered, ...lines.map(Number).filter(Number.isFinite));
      const stored = (await exists(directory)) ? textIn(directory) : '';
      const kept = stored.slice(0, stored.lastIndexOf('\n') + 1);
      expect(whole.startsWith(kept)).toBe(true);
      expect(kept.split('\n').length - 1).toBeGreaterThanOrEqual(answered);
    }
    expect(kills).toBeGreaterThan(3);
    expect(textIn(directory)).toBe(whole);
  }, 300_000);
});

test('three processes that append the same entries at once write each of them once, without a gap', async () => {
  const [last, directory] = [90, emptyDirectory()];
  const children = [1, 2, 3].map((batch) => appender.start(directory, RUN, 1, last, batch));
  expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0]);
  expect(textIn(directory)).toBe(journalOf(last));
  expect(verifyJournal(textIn(directory))).toMatchObject({ ok: true, head: { sequence: last } });
}, 60_000);

describe('writers of a journal in a bucket', () => {
  const journalIn = async ({ endpoint }: BucketServer) =>
    Buffer.from(await openBucket(endpoint).read(`${RUN}/journal.jsonl`)).toString();

  async function started(): Promise<BucketServer> {
    const server = await BucketServer.start();
    onTestFinished(() => server.stop());
    return server;
  }

  test('killed with kill -9 at any of their requests, which still arrives, leave a journal that the next one finishes', async () => {
    const [last, batch] = [4, 2];
    let [dieAt, alive] = [0, false];
    while (!alive) {
      dieAt += 1;
      const server = await started();
      const child = appender.start(server.endpoint, RUN, 1, last, batch);
      server.whenAsked = () => {
        if (server.asked.length === dieAt) child.kill('SIGKILL');
      };
      alive = (await ended(child)) === 0;
      server.whenAsked = () => undefined;
      await appendEntries(openBucket(server.endpoint), RUN, entriesFrom(1, last));
      expect(await journalIn(server)).toBe(journalOf(last));
    }
    expect(dieAt).toBeGreaterThan(5);
  }, 300_000);

  test('of two processes that append the same entries at once write each of them once, without a gap', async () => {
    const [last, server] = [20, await started()];
    const children = [1, 3].map((batch) => appender.start(server.endpoint, RUN, 1, last, batch));
    expect(await Promise.all(children.map(ended))).toEqual([0, 0]);
    expect(await journalIn(server)).toBe(journalOf(last));
  }, 60_000);
});
