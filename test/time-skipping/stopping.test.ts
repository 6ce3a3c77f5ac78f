import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { Progress } from '../../src/domain/run.ts';
import { failing, isGuard, MANIFEST, passing, report } from '../support/fakes.ts';
import { helpfulExceptFor, SOON, timeSkipping, typeOf, type GoLive } from './rig.ts';

const HOUR = 60 * 60_000;
/** Real milliseconds in which the server tells the run. */
const CANCEL_ARRIVES = 500;
const ABORT = { by: 'chi@acme.example', reason: 'customers report denials' };

/** Kill switch and traffic at once, side by side; then the rest in the order of the runbook, and nothing forward. */
function expectRolledBack(run: GoLive): void {
  const names = run.fakes.names();
  const rollback = names.slice(Math.min(names.indexOf('switchOn'), names.indexOf('trafficToSafe')));
  const atOnce = rollback.filter((name) => name === 'switchOn' || name === 'trafficToSafe');
  expect(new Set(atOnce).size).toBe(2);
  expect(rollback.slice(0, atOnce.length)).toEqual(atOnce);
  expect(rollback.slice(atOnce.length)).toEqual(['rollBackPolicies', 'verifyRollback', 'switchOff', 'archiveEvidence']);
}

function expectNothingTouched(run: GoLive): void {
  for (const name of ['shiftTraffic', 'switchOn', 'trafficToSafe', 'rollBackPolicies']) {
    expect(run.fakes.names()).not.toContain(name);
  }
}

const at = (id: string) => (progress: Progress) => progress.step?.id === id && progress.waitingFor.length > 0;

/** In the middle of a soak. */
async function untilWatching(run: GoLive, id: string): Promise<void> {
  await run.until(({ step, traffic }) => step?.id === id && traffic.confirmed);
  await run.idle();
}

const untilAsked = (id: string) => (run: GoLive) => run.until(at(id), helpfulExceptFor(id));
const untilSoak = (id: string) => (run: GoLive) => untilWatching(run, id);

test.each([
  ['preflight', ({ state }: Progress) => state === 'blocked', { checkHealth: () => Promise.resolve(failing('down')) }],
  ['controls', ({ phase, waitingFor }: Progress) => phase === 'controls' && waitingFor.length > 0, {}],
  [
    'incident-readiness',
    ({ phase, waitingFor }: Progress) => phase === 'incident-readiness' && waitingFor.length > 0,
    {},
  ],
  ['rollout, before traffic', at('begin-traffic'), {}],
])('an abort in %s rejects the go-live and touches nothing', async (_phase, moment, answers: Partial<Activities>) => {
  await timeSkipping(
    async (run) => {
      await run.until(moment);
      await run.idle();
      expect(await run.say('abort', ABORT)).toMatchObject({ counted: true });
      expect(typeOf(await run.failure())).toBe('Rejected');
      expect(await run.progress()).toMatchObject({
        state: 'rejected',
        waitingFor: [],
        ending: { why: 'aborted: customers report denials', by: ABORT.by },
      });
      expectNothingTouched(run);
    },
    { answers },
  );
});

test.each([
  ['the soak', untilSoak('steady-state')],
  ['the review', untilAsked('deny-review')],
  ['the second gate', untilAsked('increase-traffic')],
  ['the ramp', untilSoak('ramp-50')],
  ['the day after', untilSoak('post-launch-watch')],
])('an abort in %s rolls back in order', async (_when, moment) => {
  await timeSkipping(async (run) => {
    await moment(run);
    await run.say('abort', ABORT);
    expect(typeOf(await run.failure())).toBe('RolledBack');
    expect(await run.status()).toBe('FAILED');
    expectRolledBack(run);
    expect(await run.progress()).toMatchObject({
      state: 'rolled-back',
      killSwitch: 'off',
      traffic: { percent: 0, confirmed: true },
      step: null,
    });
  });
});

test('a second abort during the rollback changes nothing, and the first reason is kept', async () => {
  await timeSkipping(async (run) => {
    await untilWatching(run, 'steady-state');
    await run.say('abort', ABORT);
    await run.until(at('release-kill-switch'), () => []);
    const second = await run.say('abort', { by: 'dee@acme.example', reason: 'me too' });
    expect(second).toMatchObject({ counted: true, text: expect.stringContaining(ABORT.by) });
    expect(typeOf(await run.failure())).toBe('RolledBack');
    expect((await run.progress()).ending?.why).toBe('aborted: customers report denials');
    expectRolledBack(run);
  });
});

test('an abort is not held up by a check that hangs', async () => {
  let release = () => {};
  const hangs = new Promise<ReturnType<typeof passing>>((resolve) => (release = () => resolve(passing())));
  await timeSkipping(
    async (run) => {
      await run.until(({ step }) => step?.id === 'post-launch-readiness');
      await run.say('abort', ABORT);
      const { killSwitch } = await run.until(({ killSwitch: now }) => now === 'on');
      expect(killSwitch).toBe('on');
      release();
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers: { checkEverythingAgain: () => hangs } },
  );
});

test('a drill that is under way when the run is aborted is taken back after it has ended', async () => {
  const order: string[] = [];
  let release = () => {};
  const hangs = new Promise<void>((resolve) => (release = resolve));
  const answers: Partial<Activities> = {
    async rehearseKillSwitch() {
      order.push('drill begins');
      await hangs;
      order.push('drill ends');
      return passing();
    },
    releaseDrillHalt() {
      order.push('drill taken back');
      return Promise.resolve(passing());
    },
  };
  await timeSkipping(
    async (run) => {
      // The ten other controls that rest on a word as well have their facts.
      await run.until(
        ({ waitingFor }) => waitingFor.length === 10 && order.length === 1,
        () => [],
      );
      await run.say('abort', ABORT);
      await run.until(({ ending }) => ending !== null);
      release();
      expect(typeOf(await run.failure())).toBe('Rejected');
      expect(order).toEqual(['drill begins', 'drill ends', 'drill taken back']);
      expect(run.fakes.names().at(-1)).toBe('archiveEvidence');
    },
    { answers },
  );
});

test('a move of traffic that is under way when the run is aborted is followed by the rollback, never the other way round', async () => {
  const order: string[] = [];
  let release = () => {};
  const hangs = new Promise<void>((resolve) => (release = resolve));
  const answers: Partial<Activities> = {
    async shiftTraffic(_scope, { to }) {
      if (to !== 25) return passing();
      order.push('move begins');
      await hangs;
      order.push('move ends');
      return passing();
    },
    trafficToSafe() {
      order.push('safe');
      return Promise.resolve(passing());
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(() => order.length === 1);
      await run.say('abort', ABORT);
      await run.until(({ ending }) => ending !== null);
      release();
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(order.at(-1)).toBe('safe');
      expect(order.lastIndexOf('safe')).toBeGreaterThan(order.indexOf('move ends'));
    },
    { answers },
  );
});

test.each([
  ['is aborted meanwhile', (run: GoLive) => run.say('abort', ABORT)],
  ['ends of it', () => Promise.resolve()],
])('a move without an answer, whose run %s, is looked for until it cannot be made any more', async (_how, stop) => {
  let release = () => {};
  const hangs = new Promise<void>((resolve) => (release = resolve));
  const answers: Partial<Activities> = {
    async shiftTraffic(_scope, { to }) {
      if (to !== 25) return passing();
      await hangs;
      throw ApplicationFailure.nonRetryable('25 % was asked for, the share stands at 5 %', 'EffectUnconfirmed');
    },
  };
  await timeSkipping(
    async (run) => {
      const looks = () => run.fakes.requests('trafficToSafe').length;
      await run.until(() => run.fakes.requests('shiftTraffic').length === 2);
      await stop(run);
      release();
      await run.until(({ ending }) => ending !== null);
      await expect.poll(looks, SOON).toBe(1);
      await run.sleep(29_000);
      expect(looks()).toBe(1);
      await run.sleep(2_000);
      await expect.poll(looks, SOON).toBe(2);
    },
    { answers },
  );
});

test('a cancel in Temporal takes the path of an abort and ends as canceled', async () => {
  await timeSkipping(async (run) => {
    await untilWatching(run, 'steady-state');
    await run.handle.cancel();
    const failure = await run.failure();
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(await run.status()).toBe('CANCELLED');
    expectRolledBack(run);
    expect(await run.progress()).toMatchObject({ state: 'canceled', killSwitch: 'off', ending: { by: null } });
  });
});

test('a cancel before traffic ends as canceled and touches nothing', async () => {
  await timeSkipping(async (run) => {
    await run.until(at('begin-traffic'), helpfulExceptFor('begin-traffic'));
    await run.handle.cancel();
    await run.failure();
    expect(await run.status()).toBe('CANCELLED');
    expectNothingTouched(run);
  });
});

test('a cancel while people are awaited in a rollback does not shorten it', async () => {
  await timeSkipping(async (run) => {
    await untilWatching(run, 'steady-state');
    await run.say('abort', ABORT);
    await run.until(at('release-kill-switch'), () => []);
    await run.handle.cancel();
    expect(typeOf(await run.failure())).toBe('RolledBack');
    expectRolledBack(run);
  });
});

test('a rejection of the first gate ends the go-live before traffic', async () => {
  await timeSkipping(async (run) => {
    const { plan } = await run.until(at('begin-traffic'), helpfulExceptFor('begin-traffic'));
    const no = { gate: 'begin-traffic', by: 'dee@acme.example', plan, reason: 'not today' };
    expect(await run.say('reject', no)).toMatchObject({ counted: true });
    expect(typeOf(await run.failure())).toBe('Rejected');
    expect((await run.progress()).ending?.why).toContain('not today');
    expectNothingTouched(run);
  });
});

test('a rejection of the second gate rolls back', async () => {
  await timeSkipping(async (run) => {
    const { plan } = await run.until(at('increase-traffic'), helpfulExceptFor('increase-traffic'));
    await run.say('reject', { gate: 'increase-traffic', by: 'dee@acme.example', plan, reason: 'too many denials' });
    expect(typeOf(await run.failure())).toBe('RolledBack');
    expectRolledBack(run);
  });
});

test('a gate that nobody decides in 72 hours ends the go-live before traffic', async () => {
  await timeSkipping(async (run) => {
    await run.until(at('begin-traffic'), helpfulExceptFor('begin-traffic'));
    const since = await run.now();
    expect(typeOf(await run.silence())).toBe('Rejected');
    expect((await run.now()) - since).toBeGreaterThan(71.9 * HOUR);
    expectNothingTouched(run);
  });
});

test('a gate that nobody decides while traffic flows rolls back', async () => {
  const answers: Partial<Activities> = {
    // While a watch is under way no clock skips to the deadline of the gate; while it waits to be repeated, it does.
    watchWindow(_scope, request) {
      if (!isGuard(request)) return Promise.resolve(report(request));
      throw ApplicationFailure.create({ message: 'no metrics', type: 'MetricsNoAnswer', nextRetryDelay: '1h' });
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(at('increase-traffic'), helpfulExceptFor('increase-traffic'));
      const since = await run.now();
      await run.sleep(8 * HOUR);
      await run.until(at('release-kill-switch'), () => []);
      expect((await run.now()) - since).toBeGreaterThanOrEqual(8 * HOUR);
      expect((await run.progress()).ending).toMatchObject({ outcome: 'rolled-back' });
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers },
  );
});

test('a cancel in Temporal comes too late once the go-live is being sealed as live', async () => {
  let refusing = true;
  const answers: Partial<Activities> = {
    archiveEvidence() {
      if (refusing) throw ApplicationFailure.nonRetryable('another bundle is there', 'EvidenceConflict');
      return Promise.resolve({ path: 'evidence/x', manifest: MANIFEST });
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ waitingFor }) => waitingFor.some(({ what }) => what === 'archive-evidence'));
      await run.handle.cancel();
      refusing = false;
      await run.say('retryRollback', { by: 'chi@acme.example' });
      expect(await run.end()).toMatchObject({ outcome: 'live' });
      expect(run.fakes.names()).not.toContain('switchOn');
    },
    { answers },
  );
});

test('a cancel while the live traffic is kept for good rolls it back, and nobody hears that it is live', async () => {
  let cancel = () => Promise.resolve<unknown>(undefined);
  const answers: Partial<Activities> = {
    async keepTraffic() {
      await cancel();
      await delay(CANCEL_ARRIVES);
      return passing();
    },
  };
  await timeSkipping(
    async (run) => {
      cancel = () => run.handle.cancel();
      const failure = await run.failure();
      expect(failure).toBeInstanceOf(WorkflowFailedError);
      expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
      expectRolledBack(run);
      const names = run.fakes.names();
      expect(names.lastIndexOf('trafficToSafe')).toBeGreaterThan(names.lastIndexOf('keepTraffic'));
      const ends = run.fakes.journal.filter(({ kind }) => kind === 'ended');
      expect(ends).toMatchObject([{ body: { outcome: 'canceled' } }]);
      expect(run.fakes.notices.filter(({ summary }) => summary.startsWith('LIVE'))).toEqual([]);
    },
    { answers },
  );
});
