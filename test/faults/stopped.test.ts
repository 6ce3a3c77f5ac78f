import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../src/domain/run.ts';
import { planAt, Rig, untilProgress } from '../end-to-end/rig.ts';
import { onlyWhenAll } from './extent.ts';

/** The half hour of the first soak, in milliseconds of this test. */
const SOAK_MS = 24_000;
const SPEED = (30 * 60_000) / SOAK_MS;
const WITHIN_MS = 180_000;

beforeEach((context) => onlyWhenAll(context));

it('a worker that is stopped for a third of the soak has it extended by what nobody watched', async () => {
  const { rig, handle } = await soaking(await Rig.start('--rate', '60'));
  const first = rig.startWorker();
  await inTheSoak(handle);
  await delay(SOAK_MS / 6);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await delay(SOAK_MS / 3);
  rig.startWorker();
  const { took, observed, gap } = await passedSoak(rig, handle);
  expect(took).toBeGreaterThanOrEqual(SOAK_MS + SOAK_MS / 3);
  expect(observed).toBeGreaterThanOrEqual(0.95 * SOAK_MS);
  expect(gap).toBeGreaterThanOrEqual(SOAK_MS / 3);
});

it('a server that is stopped for the whole soak has it watched anew', async () => {
  const { rig, handle } = await soaking(await Rig.startDurably('--rate', '60'));
  rig.startWorker();
  await inTheSoak(handle);
  await rig.stopServer();
  await delay(SOAK_MS);
  rig.restartServer();
  const { took, observed, gap } = await passedSoak(rig, handle);
  expect(took).toBeGreaterThanOrEqual(2 * SOAK_MS);
  expect(observed).toBeGreaterThanOrEqual(0.95 * SOAK_MS);
  expect(gap).toBeGreaterThanOrEqual(SOAK_MS);
});

type Handle = Awaited<ReturnType<Rig['startGoLive']>>;

/** A go-live whose people decide until the test is over. */
async function soaking(rig: Rig): Promise<{ readonly rig: Rig; readonly handle: Handle }> {
  const plan = planAt(SPEED);
  const handle = await rig.startGoLive({ ...plan, rollout: { ...plan.rollout, extendAtMost: '4h' } });
  const people = new AbortController();
  const deciding = rig.people(handle, SPEED, people.signal);
  onTestFinished(async () => {
    people.abort();
    await deciding;
    await rig.close();
  });
  return { rig, handle };
}

async function inTheSoak(handle: Handle): Promise<void> {
  await untilProgress(handle, 'the first soak', ({ step }) => step?.id === 'steady-state', WITHIN_MS);
}

interface PassedSoak {
  readonly took: number;
  readonly observed: number;
  /** The longest that nobody watched. */
  readonly gap: number;
}

/** The first soak once it has passed; all in milliseconds. */
async function passedSoak(rig: Rig, handle: Handle): Promise<PassedSoak> {
  const isPassed = ({ steps }: Progress) =>
    steps.some(({ id, status }) => id === 'steady-state' && status === 'passed');
  const { steps } = await untilProgress(handle, 'the soak passed', isPassed, WITHIN_MS);
  const soak = steps.find(({ id }) => id === 'steady-state');
  const took = Date.parse(soak?.endedAt ?? '') - Date.parse(soak?.startedAt ?? '');
  const { observed, gaps } = (await rig.facts(soak?.evidence)) as WindowFacts;
  return { took, observed, gap: Math.max(0, ...gaps) };
}

interface WindowFacts {
  readonly observed: number;
  readonly gaps: readonly number[];
}
