import { expect, test } from 'vitest';
import { STEPS } from '../../src/domain/plan.ts';
import type { Report } from '../../src/domain/run.ts';
import { MANIFEST } from '../support/fakes.ts';
import { timeSkipping } from './rig.ts';

const HOUR = 60 * 60_000;

test('a go-live of the true durations, 29 hours, ends live in less than a minute, every step in the order of the plan', async () => {
  const began = performance.now();
  await timeSkipping(async (run) => {
    const from = await run.now();
    await run.until(({ step }) => step?.id === 'begin-traffic');
    // The soak, the ramp and the day after are 26.5 hours; people take their time as well.
    await run.sleep(2.5 * HOUR);
    const report = (await run.end()) as Report;
    expect(report).toMatchObject({ outcome: 'live', evidence: { manifest: MANIFEST } });
    expect(await run.status()).toBe('COMPLETED');
    expect((await run.now()) - from).toBeGreaterThan(29 * HOUR);
    expect(performance.now() - began).toBeLessThan(60_000);

    const { steps, state, traffic, killSwitch } = await run.progress();
    expect({ state, traffic, killSwitch }).toEqual({
      state: 'live',
      traffic: { percent: 100, confirmed: true },
      killSwitch: 'off',
    });
    expect(steps.map(({ id }) => id)).toEqual(STEPS.filter(({ phase }) => phase !== 'rollback').map(({ id }) => id));
    expect(steps.filter(({ status, verdict }) => status !== 'passed' || verdict !== 'pass')).toEqual([]);
    expect(run.fakes.requests('shiftTraffic').map(({ to }) => to)).toEqual([5, 25, 50, 100]);
    expect(run.fakes.journal.map(({ sequence }) => sequence)).toEqual(run.fakes.journal.map((_, index) => index + 1));

    const { events = [] } = await run.handle.fetchHistory();
    console.log(`a whole go-live is ${events?.length} events of history`);
    expect(events?.length).toBeLessThan(1500);
  });
});

test('each soak, hold and watch has a timer of its full length in the history', async () => {
  await timeSkipping(async (run) => {
    await run.end();
    const { events } = await run.handle.fetchHistory();
    const minutes = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
      timer ? [Number(timer.startToFireTimeout?.seconds) / 60] : [],
    );
    expect(minutes.filter((length) => [30, 40, 24 * 60].includes(length))).toEqual([30, 40, 40, 40, 24 * 60]);
  });
});
