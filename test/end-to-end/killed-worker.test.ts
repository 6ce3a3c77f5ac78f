import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { planAt, Rig, untilProgress } from './rig.ts';

const SPEED = 1440;
let rig: Rig;
afterEach(() => rig.close());

it(
  'another worker finishes what a killed one began, and every change took effect once',
  { timeout: 300_000 },
  async () => {
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
    const soaked = await untilProgress(handle, 'the soak passed', ({ steps }) =>
      steps.some(({ id, status }) => id === 'steady-state' && status === 'passed'),
    );
    const soak = soaked.steps.find(({ id }) => id === 'steady-state');
    // The ten seconds without a heartbeat were not observed, so the soak must have been longer than planned.
    expect(Date.parse(soak?.endedAt ?? '') - Date.parse(soak?.startedAt ?? '')).toBeGreaterThan(
      (2 * (30 * 60_000)) / SPEED,
    );

    const result = await handle.result();
    people.abort();
    await deciding;
    expect(result).toMatchObject({ outcome: 'live' });

    const effects = await rig.ledger();
    const shares = effects.flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
    expect(shares).toEqual([5, 25, 50, 100]);
    const changes = effects
      .filter(({ what, reason }) => what !== 'share' && reason !== null)
      .map((effect) => `${effect.what} ${'action' in effect ? effect.action : ''} ${effect.tenant} ${effect.reason}`);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.toSorted()).toEqual([...new Set(changes)].toSorted());
    second.kill('SIGTERM');
  },
);
