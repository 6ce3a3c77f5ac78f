import { Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { failing, passing, SAMPLE } from '../support/fakes.ts';
import { examplePlan, planWith } from '../support/plans.ts';
import { helpful, helpfulExceptFor, timeSkipping, typeOf, type People } from './rig.ts';

const HOUR = 60 * 60_000;

/** Fails until it was asked so many times. */
const failsFirst = (times: number) => {
  let asked = 0;
  return () => {
    asked += 1;
    return Promise.resolve(asked > times ? passing() : failing('policy-engine is degraded'));
  };
};

test('an invalid plan fails the run at once with every problem, and nothing else is called', async () => {
  const plan = { ...planWith('rollout.lowTraffic.percent', 50), release: '' };
  await timeSkipping(
    async (run) => {
      const failure = await run.silence();
      expect(typeOf(failure)).toBe('InvalidPlan');
      expect(String((failure as Error).cause)).toMatch(/release.*\n.*rollout\.lowTraffic\.percent/);
      expect(await run.status()).toBe('FAILED');
      expect(run.fakes.calls.map(({ name }) => name)).toEqual(['admitPlan']);
      expect(await run.progress()).toMatchObject({
        state: 'rejected',
        ending: { why: expect.stringContaining('the plan cannot be used') },
      });
    },
    { args: [plan] },
  );
});

test('a run that is canceled before its plan is admitted has begun nothing, and says that it was canceled', async () => {
  await timeSkipping(
    async (run) => {
      await expect.poll(() => run.fakes.names()).toEqual(['admitPlan']);
      await run.handle.cancel();
      await run.silence();
      expect(await run.status()).toBe('CANCELLED');
      expect(run.fakes.names()).toEqual(['admitPlan']);
      expect(await run.progress()).toMatchObject({ state: 'canceled', evidence: null, waitingFor: [] });
    },
    { answers: { admitPlan: () => Context.current().cancelled } },
  );
});

test.each([
  ['two plans', [examplePlan(), examplePlan()]],
  ['nothing', []],
])('a start with %s fails as InvalidPlan', async (_what, args) => {
  await timeSkipping(async (run) => expect(typeOf(await run.silence())).toBe('InvalidPlan'), { args });
});

test('a check that does not pass blocks the run, and a recheck that passes lets it go on', async () => {
  await timeSkipping(
    async (run) => {
      const blocked = await run.until(({ state }) => state === 'blocked');
      expect(blocked.waitingFor).toMatchObject([{ kind: 'recheck', what: 'infrastructure-health' }]);
      expect(blocked.steps.find(({ id }) => id === 'infrastructure-health')).toMatchObject({
        status: 'blocked',
        verdict: 'fail',
        reasons: ['policy-engine is degraded'],
      });
      await run.until(() =>
        run.fakes.notices.some(({ summary }) => summary.startsWith('Blocked, infrastructure-health: policy-engine')),
      );

      await run.say('recheck', { by: 'ana@acme.example', step: 'infrastructure-health' });
      await run.until(({ state, waitingFor }) => state === 'blocked' && waitingFor.length === 1);
      await run.say('recheck', { by: 'ana@acme.example' });
      await run.until(({ phase }) => phase === 'controls');
      expect(run.fakes.names().filter((name) => name === 'checkHealth')).toHaveLength(3);
      expect(run.fakes.names()).not.toContain('shiftTraffic');
    },
    { answers: { checkHealth: failsFirst(2) } },
  );
});

test('independent checks show all their problems at once', async () => {
  const answers: Partial<Activities> = {
    checkHealth: () => Promise.resolve(failing('degraded')),
    checkAuditPipeline: () => Promise.resolve(failing('no events for an hour')),
  };
  await timeSkipping(
    async (run) => {
      const { waitingFor } = await run.until(({ waitingFor: asked }) => asked.length === 2);
      expect(waitingFor.map(({ what }) => what).toSorted()).toEqual(['audit-pipeline', 'infrastructure-health']);
    },
    { answers },
  );
});

test('a check that stays blocked for 72 hours ends the run as rejected', async () => {
  await timeSkipping(
    async (run) => {
      const { step } = await run.until(({ state }) => state === 'blocked');
      const since = await run.now();
      expect(Date.parse(step?.deadline ?? '') - since).toBeGreaterThan(71.9 * HOUR);
      const failure = await run.silence();
      expect(typeOf(failure)).toBe('Rejected');
      expect((await run.now()) - since).toBeGreaterThan(71.9 * HOUR);
      expect(run.fakes.names()).not.toContain('shiftTraffic');
      expect(run.fakes.names()).not.toContain('switchOn');
    },
    { answers: { checkHealth: () => Promise.resolve(failing('down')) } },
  );
});

test('the word of another person than the owner does not count for a control', async () => {
  await timeSkipping(async (run) => {
    const { plan } = await run.until(
      ({ waitingFor }) => waitingFor.some(({ what }) => what === 'circuit-breakers'),
      () => [],
    );
    const word = (by: string) => run.say('attest', { control: 'circuit-breakers', by, plan, statement: 'set' });
    expect(await word('dee@acme.example')).toMatchObject({ counted: false, text: expect.stringContaining('owner') });
    expect(await word('ana@acme.example')).toMatchObject({
      counted: false,
      text: expect.stringContaining('requester'),
    });
    expect(await word('BEN@acme.example ')).toMatchObject({ counted: true });
    expect((await run.progress()).messages).toMatchObject({ accepted: 1, refusedInAll: 2 });
  });
});

test('a control that nobody vouches for ends the run as rejected', async () => {
  await timeSkipping(async (run) => {
    await run.until(({ waitingFor }) => waitingFor.some(({ what }) => what === 'circuit-breakers'));
    await run.until(({ waitingFor }) => waitingFor.length === 1, helpfulExceptFor('circuit-breakers'));
    expect(typeOf(await run.silence())).toBe('Rejected');
  });
});

test('one denial that was wrong blocks the run, and a new sample that is right lets it go on', async () => {
  const critical: People = (waiting, progress) =>
    waiting.kind === 'review'
      ? [
          {
            name: 'review',
            body: {
              sample: waiting.what,
              by: 'dee@acme.example',
              plan: progress.plan,
              verdicts: (waiting.items ?? []).map((id) => ({ id, correct: id !== 'evt_02' })),
            },
          },
        ]
      : helpful(waiting, progress);
  await timeSkipping(async (run) => {
    const { steps, waitingFor } = await run.until(({ state }) => state === 'blocked', critical);
    expect(waitingFor).toMatchObject([{ kind: 'recheck', what: 'deny-review' }]);
    expect(steps.find(({ id }) => id === 'deny-review')).toMatchObject({
      verdict: 'fail',
      reasons: [expect.stringContaining('1 of 2 denials are incorrect')],
    });
    await run.say('recheck', { by: 'ana@acme.example' });
    await run.until(({ step }) => step?.id === 'increase-traffic');
    const seeds = run.fakes.requests('sampleDenials').map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(2);
  });
});

test('without a denial to look at the review does not pass', async () => {
  const answers: Partial<Activities> = {
    sampleDenials: () => Promise.resolve({ sample: SAMPLE, ids: [], shown: [], available: 0, baseline: SAMPLE }),
  };
  await timeSkipping(
    async (run) => {
      const { steps } = await run.until(({ state }) => state === 'blocked');
      expect(steps.at(-1)).toMatchObject({ id: 'deny-review', verdict: 'inconclusive' });
    },
    { answers },
  );
});

test('an answer that is no finding is not a pass', async () => {
  const nonsense = { checkHealth: () => Promise.resolve({ verdict: 'PASS' }) } as object;
  await timeSkipping(
    async (run) => {
      const { steps } = await run.until(({ state }) => state === 'blocked');
      expect(steps.find(({ id }) => id === 'infrastructure-health')).toMatchObject({ verdict: 'inconclusive' });
    },
    { answers: nonsense },
  );
});
