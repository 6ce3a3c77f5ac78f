import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { pagingActivities } from '../../src/activities/paging.ts';
import { planActivities } from '../../src/activities/plans.ts';
import type { Notice } from '../../src/domain/notices.ts';
import { failing, isGuard, passing, report, unclear } from '../support/fakes.ts';
import { exampleOperator } from '../support/operator.ts';
import { helpful, helpfulExceptFor, timeSkipping, typeOf, type GoLive } from './rig.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What people were told under this subject, by the beginning of the first line. */
const toldOf = ({ fakes }: GoLive, subject: string): string[] =>
  fakes.notices
    .filter(({ key }) => key.endsWith(` ${subject}`))
    .map(({ summary }) => summary.split(' until ')[0] ?? '');

const untilAsked = (run: GoLive, what: string) =>
  run.until(({ waitingFor }) => waitingFor.some((it) => it.what === what), helpfulExceptFor(what));

/** Until so many have been told under this subject. */
const untilTold = (run: GoLive, subject: string, times: number) =>
  run.until(
    () => toldOf(run, subject).length >= times,
    () => [],
  );

const pagerIsDown = () => {
  throw ApplicationFailure.retryable('1 of 1 pagers did not accept (paging.0: refused with 404)', 'PagingFailed');
};

test('people are told of a gate, reminded at half of their time and shortly before its end, and then no more', async () => {
  await timeSkipping(async (run) => {
    await untilAsked(run, 'begin-traffic');
    await untilTold(run, 'approval of begin-traffic', 1);
    await run.sleep(35 * HOUR);
    expect(toldOf(run, 'approval of begin-traffic')).toEqual(['Please approve begin-traffic (0 of 2)']);
    await run.sleep(2 * HOUR);
    await untilTold(run, 'approval of begin-traffic', 2);
    await run.sleep(28 * HOUR);
    await untilTold(run, 'approval of begin-traffic', 3);
    expect(typeOf(await run.silence())).toBe('Rejected');
    expect(toldOf(run, 'approval of begin-traffic')).toEqual([
      'Please approve begin-traffic (0 of 2)',
      'Reminder: approve begin-traffic (0 of 2)',
      'Last call: approve begin-traffic (0 of 2)',
    ]);
    expect(run.fakes.notices.at(-1)).toMatchObject({
      severity: 'info',
      summary: expect.stringMatching(/^REJECTED before traffic/),
      ends: [{ key: expect.stringMatching(/approval of begin-traffic$/), severity: 'warning' }],
    });
  });
});

test('nobody is reminded of what was answered, and whoever was alarmed hears that it is settled', async () => {
  await timeSkipping(async (run) => {
    await untilAsked(run, 'begin-traffic');
    await run.sleep(37 * HOUR);
    await untilTold(run, 'approval of begin-traffic', 2);
    // What has gone stale meanwhile is measured and vouched for anew.
    await run.until(({ traffic }) => traffic.percent === 5);
    await run.end();
    expect(toldOf(run, 'approval of begin-traffic')).toEqual([
      'Please approve begin-traffic (0 of 2)',
      'Reminder: approve begin-traffic (0 of 2)',
      expect.stringMatching(/^Settled: approval of begin-traffic/),
    ]);
  });
});

test('the attestations that open together are one notice for each owner', async () => {
  await timeSkipping(async (run) => {
    await run.until(
      ({ waitingFor }) => waitingFor.length === 11,
      () => [],
    );
    await untilTold(run, 'attestations by anybody but the requester', 1);
    const asked = run.fakes.notices.filter(({ key }) => key.includes(' attestations by '));
    expect(asked.map(({ key }) => key.split(' by ')[1] ?? '').toSorted()).toEqual([
      'anybody but the requester',
      'ben@acme.example',
    ]);
    const { lines } = asked.find(({ key }) => key.endsWith('requester')) as Notice;
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(10);
  });
});

test('a check that does not pass is told of once for every time it was measured, and when it passes', async () => {
  let healthy = false;
  const answers: Partial<Activities> = {
    checkHealth: () => Promise.resolve(healthy ? passing() : failing('policy-engine is degraded')),
  };
  await timeSkipping(
    async (run) => {
      for (const times of [1, 2]) {
        await run.until(({ state }) => state === 'blocked');
        await untilTold(run, 'blocked steps', times);
        await run.say('recheck', { by: 'ben@acme.example' });
        await run.until(({ messages }) => messages.accepted === times);
      }
      await untilTold(run, 'blocked steps', 3);
      healthy = true;
      await run.say('recheck', { by: 'ben@acme.example' });
      await untilTold(run, 'blocked steps', 4);
      const blocked = 'Blocked, infrastructure-health: policy-engine is degraded (tenant_acme_prod/production)';
      expect(toldOf(run, 'blocked steps')).toEqual([blocked, blocked, blocked, expect.stringMatching(/^Settled/)]);
    },
    { answers },
  );
});

test('checks that fail side by side are one notice', async () => {
  const down = () => Promise.resolve(failing('no answer'));
  await timeSkipping(
    async (run) => {
      await run.until(({ waitingFor }) => waitingFor.length === 3);
      await untilTold(run, 'blocked steps', 1);
      expect(toldOf(run, 'blocked steps')).toEqual([expect.stringMatching(/^Blocked, 3 steps: /)]);
    },
    { answers: { checkHealth: down, checkReadiness: down, checkAuditPipeline: down } },
  );
});

test('a breach, the rollback and the end are told once, and with the end nothing stays open', async () => {
  await timeSkipping(
    async (run) => {
      expect(typeOf(await run.failure())).toBe('RolledBack');
      const beginnings = ['BREACH: ', 'ROLLBACK begins: ', 'ROLLED BACK: '];
      const told = run.fakes.notices.map(({ summary }) => beginnings.find((it) => summary.startsWith(it)));
      expect(told.filter((it) => it !== undefined)).toEqual(beginnings);
      const [breach, rollback] = run.fakes.notices.filter(({ key }) => key.endsWith(' rollback'));
      expect(breach).toMatchObject({
        severity: 'critical',
        run: { traffic: expect.stringMatching(/^5 %/), killSwitch: 'off' },
      });
      expect(rollback?.summary).toContain('errors are 3 % of 4000 requests');

      const open = new Set<string>();
      for (const { key, severity, ends } of run.fakes.notices) {
        if (severity !== 'info') open.add(key);
        for (const matter of ends) open.delete(matter.key);
      }
      expect([...open]).toEqual([]);
      const { evidence } = await run.progress();
      expect(run.fakes.notices.at(-1)?.lines.join()).toContain(`Evidence: ${evidence?.path}`);
    },
    {
      answers: {
        watchWindow: (_scope, request) => Promise.resolve(report(request, failing('errors are 3 % of 4000 requests'))),
      },
    },
  );
});

test('traffic that cannot be seen is told of once, however often somebody looks, and when it can be seen again', async () => {
  let looks = 0;
  const answers: Partial<Activities> = {
    watchWindow(_scope, request) {
      looks += 1;
      const isBlind = looks <= 3 && !isGuard(request);
      const visibility = isBlind ? 'blind' : 'seen';
      return Promise.resolve({ ...report(request, isBlind ? unclear('no answer') : passing()), visibility });
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ step }) => step?.id === 'steady-state');
      await untilTold(run, 'traffic unseen', 2);
      expect(toldOf(run, 'traffic unseen')).toEqual([
        expect.stringMatching(/^BLIND: no answer/),
        expect.stringMatching(/^The traffic can be seen again/),
      ]);
    },
    { answers },
  );
});

test('a pager that is down stops nothing, and that nobody was told is shown and kept', async () => {
  await timeSkipping(
    async (run) => {
      expect(await run.end()).toMatchObject({ outcome: 'live' });
      const { notifications, state } = await run.progress();
      const why = 'PagingFailed: 1 of 1 pagers did not accept (paging.0: refused with 404)';
      expect({ notifications, state }).toMatchObject({ notifications: { lastProblem: { why } }, state: 'live' });
      const told = run.fakes.journal.filter(({ kind }) => kind === 'paged');
      const failed = run.fakes.journal.filter(({ kind }) => kind === 'paging-failed');
      expect(failed.length).toBeGreaterThan(3);
      expect(failed[0]).toMatchObject({ body: { why } });
      expect(told[0]).toMatchObject({ body: { severity: 'info', text: expect.stringMatching(/^Please attest/) } });
      expect(notifications.failed).toBeGreaterThanOrEqual(failed.length);
    },
    { answers: { tellPeople: pagerIsDown } },
  );
});

test('a pager that is down does not hold up a rollback, and the run ends soon after its evidence is sealed', async () => {
  await timeSkipping(
    async (run) => {
      expect(typeOf(await run.failure())).toBe('RolledBack');
      const { closeTime } = await run.handle.describe();
      const { steps, notifications } = await run.progress();
      const sealedAt = Date.parse(steps.find(({ id }) => id === 'archive-evidence')?.endedAt ?? '');
      expect((closeTime?.getTime() ?? Infinity) - sealedAt).toBeLessThan(15 * MINUTE);
      expect(notifications.failed).toBeGreaterThan(3);
    },
    {
      answers: {
        tellPeople: pagerIsDown,
        watchWindow: (_scope, request) => Promise.resolve(report(request, failing('errors'))),
      },
    },
  );
});

test('what is settled does not overtake the alarm that it settles', async () => {
  let failures = 0;
  let healthy = false;
  const told: string[] = [];
  const answers: Partial<Activities> = {
    checkHealth: () => Promise.resolve(healthy ? passing() : failing('degraded')),
    tellPeople({ notices }) {
      const beginnings = notices.map(({ summary }) => summary.split(/[,:]/)[0] ?? '');
      if (beginnings.includes('Blocked') && failures < 3) {
        failures += 1;
        pagerIsDown();
      }
      told.push(...beginnings);
      return Promise.resolve();
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(() => failures > 0);
      healthy = true;
      await run.say('recheck', { by: 'ben@acme.example' });
      await run.until(({ phase }) => phase === 'controls');
      await run.sleep(MINUTE);
      await run.until(
        () => told.includes('Settled'),
        () => [],
      );
      expect(told.filter((it) => it === 'Blocked' || it === 'Settled')).toEqual(['Blocked', 'Settled']);
      expect(failures).toBe(3);
    },
    { answers },
  );
});

test('a rehearsal with nobody to tell goes live, and its notices say that it is one', async () => {
  const nobody = pagingActivities({ paging: [] });
  const plans = planActivities(exampleOperator());
  const told: Notice[] = [];
  const answers: Partial<Activities> = {
    admitPlan: async (request) => ({ ...(await plans.admitPlan(request)), rehearsal: true }),
    tellPeople(request) {
      told.push(...request.notices);
      return nobody.tellPeople(request);
    },
  };
  await timeSkipping(
    async (run) => {
      expect(await run.end()).toMatchObject({ outcome: 'live' });
      expect(told.length).toBeGreaterThan(5);
      expect(told.filter(({ summary }) => !summary.startsWith('REHEARSAL: '))).toEqual([]);
      expect((await run.progress()).notifications).toEqual({ failed: 0, lastProblem: null });
    },
    { answers },
  );
});

test('a hold is told of at once, and again with its deadline when traffic waits for its end', async () => {
  await timeSkipping(async (run) => {
    await untilAsked(run, 'begin-traffic');
    await run.say('hold', { by: 'ana@acme.example', reason: "the vendor's call" });
    await untilTold(run, 'hold', 1);
    await run.until(({ step }) => step?.id === 'low-traffic', helpful);
    await untilTold(run, 'hold', 2);
    const { waitingFor } = await run.progress();
    const [hold] = waitingFor.filter(({ kind }) => kind === 'resume');
    expect(Date.parse(hold?.until ?? '') - (await run.now())).toBeGreaterThan(71 * HOUR);
    await run.sleep(37 * HOUR);
    await untilTold(run, 'hold', 3);
    expect(toldOf(run, 'hold')).toEqual([
      'Please resume or abort, held by ana@acme.example (tenant_acme_prod/production)',
      'Please resume or abort',
      'Reminder: resume or abort',
    ]);
    expect(run.fakes.requests('shiftTraffic')).toEqual([]);
  });
});

test('telling people costs a whole go-live no more than 60 events of history', async () => {
  await timeSkipping(async (run) => {
    await run.end();
    const { events } = await run.handle.fetchHistory();
    const calls = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: call }) => call?.activityType?.name === 'tellPeople',
    ).length;
    const text = new TextDecoder();
    const timers = (events ?? []).filter(({ timerStartedEventAttributes: timer, userMetadata }) => {
      const summary = text.decode(userMetadata?.summary?.data ?? new Uint8Array());
      return timer && summary.includes('people: ');
    }).length;
    // A call is scheduled, started and completed, which begins a workflow task of three events; a timer is started and cancelled.
    console.log(`${run.fakes.notices.length} notices in ${calls} calls, ${timers} timers`);
    expect(6 * calls + 2 * timers).toBeLessThanOrEqual(60);
    expect(calls).toBeGreaterThan(3);
    expect(timers).toBeGreaterThan(3);
  });
});
