import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities, WindowRequest } from '../../src/activities/index.ts';
import { MESSAGE_NAMES } from '../../src/domain/messages.ts';
import type { Progress, StepRecord } from '../../src/domain/run.ts';
import { named, type WaysOn } from '../support/fail-open.ts';
import { failing, isGuard, report, unclear, onGuard } from '../support/fakes.ts';
import { helpfulExceptFor, timeSkipping, typeOf, type GoLive } from './rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ABORT = { by: 'chi@acme.example', reason: 'customers report denials' };

const stepOf = ({ steps }: Progress, id: string): StepRecord | undefined => steps.find((step) => step.id === id);
const sharesOf = ({ fakes }: GoLive) => fakes.requests('shiftTraffic').map(({ to }) => to);
const asked = (what: string) => (progress: Progress) => progress.waitingFor.some((waiting) => waiting.what === what);
const watches = (soak: (request: WindowRequest) => ReturnType<Activities['watchWindow']>): Partial<Activities> => ({
  watchWindow: (_scope, request) => (isGuard(request) ? onGuard() : soak(request)),
});

async function untilSoak(run: GoLive): Promise<Progress> {
  const progress = await run.until(({ step, traffic }) => step?.id === 'steady-state' && traffic.confirmed);
  await run.idle();
  return progress;
}

/** What a worker answers that does not have the activity. */
function unknownToTheWorker(): never {
  throw ApplicationFailure.create({ message: 'is not registered on this Worker', type: 'NotFoundError' });
}

/** Whether the run went back without ever having sent more than the first share. */
async function expectWentBack(run: GoLive): Promise<void> {
  expect(typeOf(await run.failure())).toBe('RolledBack');
  expect(sharesOf(run)).toEqual([5]);
  expect(run.fakes.names().filter((name) => ['trafficToSafe', 'verifyRollback', 'switchOff'].includes(name))).toEqual([
    'trafficToSafe',
    'trafficToSafe',
    'verifyRollback',
    'switchOff',
  ]);
}

const TESTS: Record<WaysOn<'workflow'>, () => Promise<void>> = {
  'stopped-before-the-first-sample': () =>
    timeSkipping(
      async (run) => {
        await run.until(() => run.fakes.requests('watchWindow').some((request) => !isGuard(request)));
        await run.say('abort', ABORT);
        await expectWentBack(run);
        expect(stepOf(await run.progress(), 'steady-state')).toMatchObject({ status: 'stopped', verdict: null });
      },
      { answers: watches(onGuard) },
    ),

  'promoted-in-full': () =>
    timeSkipping(async (run) => {
      const { plan, step } = await untilSoak(run);
      const by = 'ben@acme.example';
      const hurry = [
        await run.say('approve', { gate: 'increase-traffic', by, plan }),
        await run.say('resume', { by }),
        await run.say('recheck', { by }),
        await run.say('recheck', { by, step: 'steady-state' }),
        await run.say('retryRollback', { by }),
      ];
      expect(hurry.map(({ counted }) => counted)).toEqual(hurry.map(() => false));
      expect(MESSAGE_NAMES.filter((name) => /promote|skip|force/i.test(name))).toEqual([]);
      await run.until(({ step: now }) => now?.id === 'deny-review');
      expect((await run.now()) - Date.parse(step?.since ?? '')).toBeGreaterThanOrEqual(30 * MINUTE);
      await run.say('abort', ABORT);
      await expectWentBack(run);
    }),

  'disabled-step': () =>
    timeSkipping(
      async (run) => {
        await run.until(({ step }) => step?.id === 'infrastructure-health');
        await run.sleep(11 * MINUTE);
        const { steps } = await run.until(({ state }) => state === 'blocked');
        expect(steps.find(({ id }) => id === 'infrastructure-health')).toMatchObject({
          status: 'blocked',
          verdict: 'inconclusive',
        });
        expect(typeOf(await run.silence())).toBe('Rejected');
        expect(sharesOf(run)).toEqual([]);
      },
      { answers: { checkHealth: unknownToTheWorker } },
    ),

  'checked-too-late': async () => {
    const unreadable = () => {
      throw ApplicationFailure.nonRetryable('our own requests cannot be counted', 'MetricsNoAnswer');
    };
    await timeSkipping(
      async (run) => {
        const { step } = await run.until(({ state }) => state === 'blocked', helpfulExceptFor('recheck'));
        expect(step?.id).toBe('low-traffic');
        expect(typeOf(await run.silence())).toBe('Rejected');
        expect(sharesOf(run)).toEqual([]);
      },
      { answers: { markAudit: unreadable } },
    );
    await timeSkipping(
      async (run) => {
        const { step } = await run.until(({ state, phase }) => state === 'blocked' && phase === 'post-launch');
        expect(step?.id).toBe('audit-review');
        const names = run.fakes.names();
        const first = (name: string) => names.findIndex((it) => it === name);
        const inOrder = ['markAudit', 'confirmReady', 'shiftTraffic'].map(first);
        expect(first('watchWindow')).toBeGreaterThan(first('confirmReady'));
        expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
        for (const check of ['checkHealth', 'checkReadiness', 'checkMonitoring', 'checkTokenSigning']) {
          expect(first(check)).toBeLessThan(first('shiftTraffic'));
        }
        const after = run.fakes.requests('watchWindow').filter((request) => request.percent === 100);
        expect(after.map(({ length }) => length)).toContain(24 * HOUR);
        await run.say('abort', ABORT);
        expect(typeOf(await run.failure())).toBe('RolledBack');
      },
      { answers: { reviewAudit: () => Promise.resolve(failing('the audit log has fewer decisions than requests')) } },
    );
  },

  'restarted-controller': () =>
    timeSkipping(
      async (run) => {
        const { step } = await untilSoak(run);
        for (let minutes = 5; minutes < 30; minutes += 5) {
          await run.sleep(5 * MINUTE);
          expect((await run.progress()).step).toEqual(step);
        }
        await run.until(({ step: now }) => now?.id === 'deny-review');
        expect((await run.now()) - Date.parse(step?.since ?? '')).toBeGreaterThanOrEqual(30 * MINUTE);
        expect(sharesOf(run)).toEqual([5]);
      },
      { forgets: true },
    ),

  'open-gate': () =>
    timeSkipping(
      async (run) => {
        const { plan } = await run.until(asked('begin-traffic'), helpfulExceptFor('begin-traffic'));
        const approve = (by: string, of: unknown = plan) =>
          run.handle.signal<[object]>('approve', { gate: 'begin-traffic', by, plan: of });
        const order = { by: 'dee@acme.example', reason: 'an incident' };
        await approve('ben@acme.example', `sha256:${'0'.repeat(64)}`);
        await run.handle.signal<[object]>('hold', order);
        const { messages, waitingFor } = await run.until(
          ({ state }) => state === 'held',
          helpfulExceptFor('begin-traffic'),
        );
        expect(messages.refused.at(-1)?.why).toBe('this is another plan than the one that runs');
        expect(waitingFor.find(({ what }) => what === 'begin-traffic')).toMatchObject({ have: 0 });

        await approve('ben@acme.example');
        await approve('chi@acme.example');
        await run.until(({ step }) => step?.id === 'low-traffic', helpfulExceptFor('begin-traffic'));
        await run.sleep(HOUR);
        expect((await run.progress()).state).toBe('held');
        expect(sharesOf(run)).toEqual([]);

        await run.handle.signal<[object]>('resume', { by: order.by });
        const later = await run.until(asked('increase-traffic'), helpfulExceptFor('increase-traffic'));
        expect(later.waitingFor).toMatchObject([{ what: 'increase-traffic', have: 0 }]);
        expect(sharesOf(run)).toEqual([5]);
      },
      { forgets: true },
    ),

  'judge-throws': () =>
    timeSkipping(
      async (run) => {
        await expectWentBack(run);
        expect(stepOf(await run.progress(), 'steady-state')).toMatchObject({ status: 'stopped', verdict: null });
      },
      {
        answers: watches(() => {
          throw ApplicationFailure.nonRetryable('TypeError in golive', 'Unexpected');
        }),
      },
    ),

  'verified-without-data': () =>
    timeSkipping(
      async (run) => {
        const { steps, waitingFor } = await run.until(({ state }) => state === 'blocked');
        expect(steps.at(-1)).toMatchObject({ id: 'steady-state', status: 'blocked', verdict: 'inconclusive' });
        expect(waitingFor).toMatchObject([{ kind: 'recheck', what: 'steady-state' }]);
        await run.say('abort', ABORT);
        await expectWentBack(run);
      },
      { answers: watches((request) => Promise.resolve(report(request, unclear('there was no traffic'), HOUR))) },
    ),

  'ends-at-all-traffic': () =>
    timeSkipping(
      async (run) => {
        expect(typeOf(await run.failure())).toBe('RolledBack');
        expect(sharesOf(run)).toEqual([5, 25, 50, 100]);
        const { ending, traffic } = await run.progress();
        expect(ending?.why).toContain('after a while at all of the traffic');
        expect(traffic).toEqual({ percent: 0, confirmed: true });
      },
      {
        answers: watches((request) => {
          const isTheDayAfter = request.length === 24 * HOUR;
          const finding = failing('errors are 3 % after a while at all of the traffic');
          return Promise.resolve(isTheDayAfter ? report(request, finding) : report(request));
        }),
      },
    ),

  'approved-by-hand': async () => {
    const unseen = (request: WindowRequest) => Promise.resolve(report(request, unclear('no metrics'), HOUR));
    await timeSkipping(
      async (run) => {
        const { plan } = await run.until(({ state }) => state === 'blocked');
        const by = 'ben@acme.example';
        const words = [
          await run.say('approve', { gate: 'increase-traffic', by, plan }),
          await run.say('attest', { control: 'health-monitoring', by, plan, statement: 'it is fine' }),
        ];
        expect(words.map(({ counted }) => counted)).toEqual([false, false]);
        await run.say('recheck', { by });
        // From the first moment on: what was seen before is not carried over.
        const anew = () => run.fakes.requests('watchWindow').filter((it) => !isGuard(it) && it.carry === null);
        await run.until(() => anew().length > 1);
        expect(sharesOf(run)).toEqual([5]);
      },
      { answers: watches(unseen) },
    );
    await timeSkipping(
      async (run) => {
        expect(typeOf(await run.failure())).toBe('RolledBack');
        expect(sharesOf(run)).toEqual([5, 25]);
      },
      {
        answers: {
          shiftTraffic: (_scope, { to }) => {
            if (to === 25) throw ApplicationFailure.nonRetryable('the router refused', 'TrafficRefused');
            return Promise.resolve({ verdict: 'pass', summary: 'moved', reasons: [] });
          },
        },
      },
    );
  },

  'judged-by-anybody': () =>
    timeSkipping(async (run) => {
      const { plan } = await run.until(asked('begin-traffic'), helpfulExceptFor('begin-traffic'));
      for (const by of ['eve@acme.example', 'ana@acme.example']) {
        for (const name of ['approve', 'reject'] as const) {
          const judgment = { gate: 'begin-traffic', by, plan, reason: 'looks good' };
          expect([by, name, (await run.say(name, judgment)).counted]).toEqual([by, name, false]);
        }
      }
      expect((await run.progress()).waitingFor).toMatchObject([{ what: 'begin-traffic', have: 0, need: 2 }]);
      await run.sleep(HOUR);
      expect((await run.progress()).waitingFor).toMatchObject([{ what: 'begin-traffic', have: 0, need: 2 }]);
      expect(sharesOf(run)).toEqual([]);
    }),
};

test.each(named(TESTS))('%s – not here', async (_way, story) => {
  expect.hasAssertions();
  await story();
});
