import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Progress } from '../../src/domain/run.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';
import { planAt, Rig, untilProgress } from './rig.ts';

const SPEED = 1440;
/** A signed token in compact form, or the beginning of a key with most of its secret. */
const LOOKS_SECRET = /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|mrt_(?:live|test)_[0-9a-f]{4}_\w{8,}/;

let rig: Rig;
let soaked: Progress;
let result: unknown;
let effects: readonly Effect[];
/** Everything that was written of the run: decoded history, the workers' logs, the evidence. */
let written: ReadonlyMap<string, string>;

/** A whole go-live, whose worker is killed in the first soak and replaced. */
beforeAll(async () => {
  rig = await Rig.start('--rate', '120');
  const first = rig.startWorker();
  const handle = await rig.startGoLive(planAt(SPEED));
  const people = new AbortController();
  const deciding = rig.people(handle, SPEED, people.signal);

  await untilProgress(handle, 'the first soak', ({ step }) => step?.id === 'steady-state');
  await delay(300);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const second = rig.startWorker();
  soaked = await untilProgress(handle, 'the soak passed', ({ steps }) =>
    steps.some(({ id, status }) => id === 'steady-state' && status === 'passed'),
  );
  result = await handle.result();
  people.abort();
  await deciding;
  effects = await rig.ledger();
  written = new Map([
    ['history', decoded(historyToJSON(await handle.fetchHistory()))],
    ['workers', await readFile(join(rig.home, 'worker.log'), 'utf8')],
    ...(await filesBelow(join(rig.home, 'evidence'))),
  ]);
  second.kill('SIGTERM');
}, 300_000);
afterAll(() => rig.close());

it('another worker finishes what a killed one began', () => {
  expect(result).toMatchObject({ outcome: 'live' });
  const soak = soaked.steps.find(({ id }) => id === 'steady-state');
  // The ten seconds without a heartbeat were not observed, so the soak must have been longer than planned.
  const took = Date.parse(soak?.endedAt ?? '') - Date.parse(soak?.startedAt ?? '');
  expect(took).toBeGreaterThan((2 * (30 * 60_000)) / SPEED);
});

it('every change took effect once', () => {
  const shares = effects.flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
  expect(shares).toEqual([5, 25, 50, 100]);
  const changes = effects
    .filter(({ what, reason }) => what !== 'share' && reason !== null)
    .map((effect) => `${effect.what} ${'action' in effect ? effect.action : ''} ${effect.tenant} ${effect.reason}`);
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.toSorted()).toEqual([...new Set(changes)].toSorted());
});

it('no secret was written: not in history, nor in a log, nor in the evidence', async () => {
  const secrets = await rig.secrets();
  expect([...secrets.keys()]).toContain('token-memo');
  expect(written.size).toBeGreaterThan(10);
  const found = [...written].flatMap(([where, text]) => {
    const names = [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
    return [...names, LOOKS_SECRET.exec(text)?.[0] ?? []].flat().map((what) => `${what} in ${where}`);
  });
  expect(found).toEqual([]);
});

it('what was written would have shown a secret, had there been one', () => {
  expect(written.get('history')).toContain('ben@acme.example');
  expect(written.get('workers')).toContain('worker ready');
  expect([...written.values()].join('')).toContain('golive-probe');
  expect('a mrt_live_0a1b_abcdefghijk in a text').toMatch(LOOKS_SECRET);
});

/** A history as people could read it: every payload decoded beside its encoded form. */
function decoded(history: string): string {
  const payloads = [...history.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)];
  return [history, ...payloads.map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'))].join('\n');
}

async function filesBelow(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readFile(file, 'utf8')]));
}
