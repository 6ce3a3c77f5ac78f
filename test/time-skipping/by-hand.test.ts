import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { translate } from '../../src/activities/failures.ts';
import { textOf } from '../../src/domain/notices.ts';
import type { Activities } from '../../src/activities/index.ts';
import { TrafficError } from '../../src/traffic/port.ts';
import { passing } from '../support/fakes.ts';
import { timeSkipping, typeOf, type GoLive } from './rig.ts';

/** A router at which a person moves the share: it stands where `hand` says, and never moves for us. */
function byHand() {
  const router = { hand: 0 };
  const lookFor = (percent: number) => {
    if (router.hand === percent) return Promise.resolve(passing('as the requests show'));
    const sentence = `chi@acme.example must set the share to ${percent} % by hand, the requests show ${router.hand} %`;
    return Promise.reject(translate(new TrafficError('needs-hands', sentence)));
  };
  const answers: Partial<Activities> = {
    shiftTraffic: (_scope, { to }) => lookFor(to),
    trafficToSafe: (_scope, { percent }) => lookFor(percent),
  };
  return { router, answers };
}

const isBlocked = ({ state }: { state: string }) => state === 'blocked';
const recheck = (run: GoLive) => run.say('recheck', { by: 'chi@acme.example' });

test('a share that is moved by hand is asked for, watched from then on, and counts once it shows', async () => {
  const { router, answers } = byHand();
  await timeSkipping(
    async (run) => {
      const blocked = await run.until(isBlocked);
      expect(blocked.waitingFor).toMatchObject([{ kind: 'recheck', what: 'low-traffic' }]);
      expect(blocked.traffic).toEqual({ percent: 5, confirmed: false });
      const sentence = 'low-traffic: TrafficNeedsHands: chi@acme.example must set the share to 5 % by hand';
      await run.until(() => run.fakes.notices.some((notice) => textOf(notice).includes(sentence)));
      await run.until(() => run.fakes.names().includes('watchWindow'));

      await recheck(run);
      await run.until(() => run.fakes.requests('shiftTraffic').length === 2);
      await run.until(isBlocked);
      for (const percent of [5, 25, 50, 100]) {
        router.hand = percent;
        await recheck(run);
        await run.until(({ state, traffic }) => state === 'blocked' && traffic.percent !== percent);
      }
      expect((await run.progress()).state).toBe('live');
      const asked = run.fakes.requests('shiftTraffic').map(({ from, to }) => `${from}-${to}`);
      expect(asked).toEqual(['0-5', '0-5', '0-5', '5-25', '5-25', '25-50', '25-50', '50-100', '50-100']);
    },
    { answers },
  );
});

test('a share that nobody moves ends the run, after a rollback that goes on asking for the safe share', async () => {
  const { router, answers } = byHand();
  router.hand = 3;
  await timeSkipping(
    async (run) => {
      await run.until(isBlocked);
      await run.say('abort', { by: 'chi@acme.example', reason: 'nobody is there to move it' });
      await run.until(() =>
        run.fakes.notices.some((notice) =>
          textOf(notice).includes('traffic-to-safe: TrafficNeedsHands: chi@acme.example must set'),
        ),
      );
      expect(await run.progress()).toMatchObject({ state: 'rollback-incomplete', killSwitch: 'on' });
      router.hand = 0;
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(await run.progress()).toMatchObject({ traffic: { percent: 0, confirmed: true } });
    },
    { answers },
  );
});

test('approvals that do not hold any more do not take back that somebody was asked to move the share', async () => {
  const { answers } = byHand();
  let calls = 0;
  const revoked = ApplicationFailure.create({ type: 'NotApproved', nonRetryable: true, message: 'a key was revoked' });
  await timeSkipping(
    async (run) => {
      await run.until(isBlocked);
      await recheck(run);
      await run.until(() => run.fakes.journal.some(({ kind }) => kind === 'approval-void'));
      await run.say('abort', { by: 'chi@acme.example', reason: 'enough' });
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(run.fakes.names()).toContain('trafficToSafe');
    },
    {
      answers: {
        ...answers,
        shiftTraffic: (...asked) => {
          calls += 1;
          return calls === 2
            ? Promise.reject(revoked)
            : (answers.shiftTraffic?.(...asked) ?? Promise.resolve(passing()));
        },
      },
    },
  );
});
