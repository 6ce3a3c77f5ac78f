import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities, WindowRequest } from '../../src/activities/index.ts';
import type { Progress } from '../../src/domain/run.ts';
import { failing, isGuard, ON_GUARD, onGuard, passing, report, unclear } from '../support/fakes.ts';
import { examplePlan } from '../support/plans.ts';
import { helpfulExceptFor, SOON, timeSkipping, typeOf } from './rig.ts';

const MINUTE = 60_000;
const ROLLOUT = examplePlan()['rollout'] as object;
/** A real watch ends by then. */
const BLIND_AFTER = MINUTE;

/** Answers the n-th stretch of a soak with the n-th answer, and everything else as the fakes do. */
function soaks(...answers: readonly ((request: WindowRequest) => ReturnType<typeof report>)[]): Partial<Activities> {
  let soak = 0;
  return {
    watchWindow(_scope, request) {
      if (isGuard(request)) return onGuard();
      soak += 1;
      return Promise.resolve(answers[soak - 1]?.(request) ?? report(request));
    },
  };
}

test('the soak lasts its 30 minutes even when the watch has seen enough at once', async () => {
  await timeSkipping(async (run) => {
    const before = await run.until(({ step }) => step?.id === 'steady-state');
    const since = Date.parse(before.step?.since ?? '');
    expect(Date.parse(before.step?.deadline ?? '') - since).toBe(30 * MINUTE);
    await run.until(({ step }) => step?.id === 'deny-review');
    expect((await run.now()) - since).toBeGreaterThanOrEqual(30 * MINUTE);
    const [request] = run.fakes.requests('watchWindow').filter((it) => !isGuard(it));
    expect((request?.until ?? 0) - (request?.from ?? 0)).toBe(30 * MINUTE);
  });
});

test('what a soak did not observe is made up for, and what it saw is carried on', async () => {
  const answers = soaks((request) => report(request, unclear('a worker was away for 5 minutes'), 5 * MINUTE));
  await timeSkipping(
    async (run) => {
      const { steps } = await run.until(({ step }) => step?.id === 'deny-review');
      const [first, second] = run.fakes.requests('watchWindow').filter((it) => !isGuard(it));
      expect((second?.until ?? 0) - (second?.from ?? 0)).toBe(5 * MINUTE);
      expect(second).toMatchObject({ length: 30 * MINUTE, ordinal: first?.ordinal });
      expect(second?.carry).not.toBeNull();
      expect(steps.find(({ id }) => id === 'steady-state')).toMatchObject({ status: 'passed' });
    },
    { answers },
  );
});

test('a soak is extended by no more than the plan allows, and is blocked after that', async () => {
  const never = (request: WindowRequest) => report(request, unclear('no metrics'), 20 * MINUTE);
  await timeSkipping(
    async (run) => {
      const { step, traffic } = await run.until(({ state }) => state === 'blocked');
      expect(step?.id).toBe('steady-state');
      expect(traffic.percent).toBe(5);
      const stretches = run.fakes.requests('watchWindow').filter((it) => !isGuard(it));
      expect(stretches.map(({ from, until }) => (until - from) / MINUTE)).toEqual([30, 20, 10]);

      expect(await run.say('recheck', { by: 'ana@acme.example' })).toMatchObject({ counted: true });
      await run.until(({ step: now }) => now?.id === 'deny-review');
      const again = run.fakes.requests('watchWindow').filter((it) => !isGuard(it))[3];
      expect(again).toMatchObject({ carry: null, length: 30 * MINUTE });
      expect((again?.until ?? 0) - (again?.from ?? 0)).toBe(30 * MINUTE);
    },
    { answers: soaks(never, never, never) },
  );
});

test('a breach during a soak starts the rollback before the soak is over', async () => {
  await timeSkipping(
    async (run) => {
      const { step } = await run.until(({ state }) => state !== 'checking' && state !== 'waiting');
      expect(step?.id).not.toBe('deny-review');
      const from = await run.now();
      const rollingBack = await run.until(({ phase }) => phase === 'rollback');
      expect(rollingBack.ending).toMatchObject({ outcome: 'rolled-back', why: expect.stringContaining('errors') });
      expect((await run.now()) - from).toBeLessThan(MINUTE);
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers: soaks((request) => report(request, failing('errors are 3.1 % of 4000 requests'))) },
  );
});

test('a breach while people are awaited starts the rollback as well', async () => {
  let isBreached = false;
  const answers: Partial<Activities> = {
    watchWindow(_scope, request) {
      if (!isGuard(request)) return Promise.resolve(report(request));
      return isBreached ? Promise.resolve(report(request, failing('allow share 1.0'))) : onGuard();
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'review'), helpfulExceptFor('review'));
      isBreached = true;
      await run.sleep(60 * MINUTE);
      const { ending } = await run.until(({ phase }) => phase === 'rollback', helpfulExceptFor('review'));
      expect(ending?.why).toContain('allow share');
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers },
  );
});

test('traffic that will not move leads to the rollback', async () => {
  const answers: Partial<Activities> = {
    shiftTraffic: (_scope, { to }) => Promise.resolve(to === 25 ? failing('the share stayed at 5 %') : passing()),
  };
  await timeSkipping(
    async (run) => {
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(run.fakes.names()).toContain('trafficToSafe');
    },
    { answers },
  );
});

test.each([
  ['somebody else moved the traffic to 40 %, or its lease ran out, it should stand at 5 %', false],
  ['the router was reloaded or restarted and went to 40 %, it should stand at 5 %', true],
])('the go-live is held until people have put it right: %s', async (why, forgotten) => {
  let elsewhere = true;
  let isBack = false;
  const answers: Partial<Activities> = {
    watchWindow(_scope, request) {
      if (!isGuard(request)) return Promise.resolve(report(request));
      if (request.percent === 0 || (request.percent === 40 && isBack))
        return Promise.resolve({ ...report(request), share: 5 });
      if (request.percent !== 5 || !elsewhere) return onGuard();
      elsewhere = false;
      return Promise.resolve({ ...report(request), share: 40, forgotten });
    },
  };
  await timeSkipping(
    async (run) => {
      const held = await run.until(
        ({ step, state }) => step?.id === 'ramp-25' && state === 'held',
        helpfulExceptFor('resume'),
      );
      expect(held.waitingFor).toContainEqual(
        expect.objectContaining({
          kind: 'resume',
          what: 'held by golive',
          about: [why],
        }),
      );
      await expect
        .poll(() => run.fakes.notices, SOON)
        .toContainEqual(
          expect.objectContaining({
            severity: 'critical',
            summary: expect.stringContaining(`HELD: ${why}`.slice(0, 60)),
          }),
        );
      expect(run.fakes.requests('shiftTraffic').map(({ to }) => to)).toEqual([5]);
      // Too early: the share is still where somebody else has put it.
      expect(await run.say('resume', { by: 'ben@acme.example' })).toMatchObject({ counted: true });
      expect(await run.progress()).toMatchObject({ state: 'held', traffic: { percent: 40 } });
      isBack = true;
      await run.sleep(61 * MINUTE);
      await run.until(
        ({ traffic }) => traffic.percent === 5,
        () => [],
      );
      await run.say('resume', { by: 'ben@acme.example' });
      await run.end();
      expect(run.fakes.requests('shiftTraffic').map(({ to }) => to)).toEqual([5, 25, 50, 100]);
    },
    { answers },
  );
});

test('a share that stands elsewhere is not moved, and is tried again when people resume', async () => {
  let elsewhere = true;
  const answers: Partial<Activities> = {
    shiftTraffic(_scope, { to }) {
      if (to !== 50 || !elsewhere) return Promise.resolve(passing());
      throw ApplicationFailure.create({
        message: 'the share stands at 40 %, we left it at 25 %',
        type: 'TrafficMoved',
        nonRetryable: true,
      });
    },
  };
  await timeSkipping(
    async (run) => {
      const held = await run.until(({ state }) => state === 'held');
      expect(held).toMatchObject({ step: { id: 'ramp-50' }, traffic: { percent: 25, confirmed: false } });
      elsewhere = false;
      await run.say('resume', { by: 'ben@acme.example' });
      await run.end();
      const keys = run.fakes.requests('shiftTraffic').flatMap(({ to, key }) => (to === 50 ? [key] : []));
      expect(new Set(keys).size).toBe(2);
    },
    { answers },
  );
});

test('traffic that nobody can see any more is not moved, is told of once, and stops the run when that lasts', async () => {
  let isDark = false;
  const answers: Partial<Activities> = {
    watchWindow(_scope, request) {
      if (!isGuard(request)) {
        isDark = true;
        return Promise.resolve(report(request));
      }
      // A stretch lasts for as long as it was asked for: here between its first attempt and its second.
      if (!isDark || Context.current().info.attempt === 1) {
        const nextRetryDelay = Math.min(request.until - request.from, BLIND_AFTER);
        throw ApplicationFailure.create({ message: ON_GUARD, nextRetryDelay });
      }
      const isLong = request.until - request.from > BLIND_AFTER;
      return Promise.resolve({ ...report(request, unclear('no answer')), visibility: isLong ? 'blind' : 'unseen' });
    },
  };
  await timeSkipping(
    async (run) => {
      const isReview = ({ waitingFor }: Progress) => waitingFor.some(({ kind }) => kind === 'review');
      await run.until(isReview, helpfulExceptFor('review'));
      await run.sleep(12 * MINUTE);
      const { ending } = await run.until(
        ({ phase }) => phase === 'rollback',
        () => [],
      );
      expect(ending?.why).toBe('the traffic could not be seen for too long');
      expect(run.fakes.notices.filter(({ summary }) => summary.startsWith('BLIND'))).toHaveLength(1);
      expect(run.fakes.notices.filter(({ summary }) => summary.includes('can be seen again'))).toEqual([]);
    },
    { answers, args: [examplePlan({ rollout: { ...ROLLOUT, extendAtMost: '5m' } })] },
  );
});

test('a go-live that is aborted while the traffic stands elsewhere rolls back, and nothing is held any more', async () => {
  const answers: Partial<Activities> = {
    watchWindow(_scope, request) {
      if (!isGuard(request)) return Promise.resolve(report(request));
      if (request.percent === 40) return onGuard();
      return Promise.resolve({ ...report(request), share: request.percent === 5 ? 40 : 5 });
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ state }) => state === 'held', helpfulExceptFor('resume'));
      expect(await run.say('abort', { by: 'chi@acme.example', reason: 'who moves it?' })).toMatchObject({
        counted: true,
      });
      const { waitingFor } = await run.until(
        ({ phase }) => phase === 'rollback',
        helpfulExceptFor('release-kill-switch'),
      );
      expect(waitingFor.some(({ kind }) => kind === 'resume')).toBe(false);
      const late = await run.say('hold', { by: 'ben@acme.example', reason: 'wait' });
      expect(late).toMatchObject({ counted: false, text: expect.stringContaining('stopped') });
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers },
  );
});
