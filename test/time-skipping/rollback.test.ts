import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { STEPS } from '../../src/domain/plan.ts';
import type { Progress } from '../../src/domain/run.ts';
import { failing, MANIFEST, passing, report } from '../support/fakes.ts';
import { helpfulExceptFor, SOON, timeSkipping, typeOf } from './rig.ts';

const MINUTE = 60_000;
const TOKEN_LIFE = 10 * MINUTE;

/** The first soak sees a breach. */
const breach: Partial<Activities> = {
  watchWindow: (_scope, request) => Promise.resolve(report(request, failing('errors are 3 % of 4000 requests'))),
};
const awaitingRelease = ({ waitingFor }: Progress) => waitingFor.some(({ what }) => what === 'release-kill-switch');
const incomplete = ({ state }: Progress) => state === 'rollback-incomplete';

test('a breach rolls back in the order of the plan, from kill switch on to kill switch off', async () => {
  await timeSkipping(
    async (run) => {
      expect(typeOf(await run.failure())).toBe('RolledBack');
      const { steps, killSwitch, traffic } = await run.progress();
      const rollback = STEPS.filter(({ phase }) => phase === 'rollback').map(({ id }) => id);
      expect(steps.filter(({ phase }) => phase === 'rollback').map(({ id }) => id)).toEqual(rollback);
      expect(steps.filter(({ phase }) => phase === 'rollback').every(({ status }) => status === 'passed')).toBe(true);
      expect({ killSwitch, traffic }).toEqual({ killSwitch: 'off', traffic: { percent: 0, confirmed: true } });

      const names = run.fakes.names();
      const forward = names.slice(names.indexOf('switchOn')).filter((name) => name === 'shiftTraffic');
      expect(forward).toEqual([]);
      expect(run.fakes.requests('rollBackPolicies')[0]?.previous).toEqual({
        'payments-guardrails': 'pv_41',
        'data-access': 'pv_16',
      });
    },
    { answers: breach },
  );
});

test('the rollback is verified only when no token from before the halt can live any more', async () => {
  const times: Record<string, number> = {};
  await timeSkipping(
    async (run) => {
      await run.until(({ steps }) => steps.some(({ id, status }) => id === 'verify-rollback' && status === 'passed'));
      const { steps } = await run.progress();
      for (const { id, endedAt } of steps) times[id] = Date.parse(endedAt ?? '');
      expect((times['verify-rollback'] ?? 0) - (times['kill-switch-on'] ?? 0)).toBeGreaterThanOrEqual(TOKEN_LIFE);
      expect(run.fakes.names()).not.toContain('switchOff');
    },
    { answers: breach },
  );
});

test('the kill switch is released by two people of whom the requester is none', async () => {
  await timeSkipping(
    async (run) => {
      const { plan } = await run.until(awaitingRelease, helpfulExceptFor('release-kill-switch'));
      const approve = (by: string) => run.say('approve', { gate: 'release-kill-switch', by, plan });
      expect(await approve('Ana@ACME.example')).toMatchObject({ counted: false, text: 'the requester cannot approve' });
      expect(await approve('ben@acme.example')).toMatchObject({ counted: true, text: 'counted 1 of 2' });
      expect(await approve('BEN@acme.example')).toMatchObject({ counted: false });
      expect(run.fakes.names()).not.toContain('switchOff');
      expect((await run.progress()).killSwitch).toBe('on');
      expect(await approve('chi@acme.example')).toMatchObject({ counted: true });
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(run.fakes.names()).toContain('switchOff');
    },
    { answers: breach },
  );
});

test('a release that is rejected keeps the kill switch on until somebody has it asked for again', async () => {
  await timeSkipping(
    async (run) => {
      const { plan, waitingFor } = await run.until(awaitingRelease, helpfulExceptFor('release-kill-switch'));
      const by = 'dee@acme.example';
      await run.say('reject', { gate: 'release-kill-switch', by, plan, reason: 'not stable' });
      await run.until(incomplete);
      expect(run.fakes.names()).not.toContain('switchOff');
      await run.say('retryRollback', { by });
      const again = await run.until(awaitingRelease, helpfulExceptFor('release-kill-switch'));
      expect(again.waitingFor[0]?.nonce).not.toBe(waitingFor[0]?.nonce);
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers: breach },
  );
});

test('a release that is refused where it is done is asked for once more, and then needs hands, with the reason', async () => {
  let refusals = 0;
  const answers: Partial<Activities> = {
    ...breach,
    switchOff: () => {
      if ((refusals += 1) > 2) return Promise.resolve({ ...passing(), halted: false });
      throw ApplicationFailure.nonRetryable('two are needed, 1 hold', 'NotApproved');
    },
  };
  await timeSkipping(
    async (run) => {
      const stuck = await run.until(incomplete);
      expect(stuck).toMatchObject({ killSwitch: 'on', waitingFor: [{ kind: 'hands', what: 'kill-switch-off' }] });
      expect(stuck.steps.at(-1)?.reasons.join()).toContain('1 hold');
      await expect.poll(() => run.fakes.notices.flatMap(({ lines }) => lines).join(), SOON).toContain('1 hold');
      await run.say('retryRollback', { by: 'chi@acme.example' });
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(refusals).toBe(3);
    },
    { answers },
  );
});

test('a kill switch that somebody else has released is not shown as on', async () => {
  const answers: Partial<Activities> = {
    ...breach,
    switchOff: () => Promise.resolve({ ...failing('api is degraded'), halted: false }),
  };
  await timeSkipping(
    async (run) => {
      expect(await run.until(incomplete)).toMatchObject({ killSwitch: 'off' });
    },
    { answers },
  );
});

test('what cannot be shown to those who release the kill switch needs hands, and the rollback goes on', async () => {
  let isMended = false;
  const answers: Partial<Activities> = {
    ...breach,
    showEvidence(_scope, { gate }) {
      if (gate !== 'release-kill-switch' || isMended) return Promise.resolve(MANIFEST);
      throw ApplicationFailure.nonRetryable('the bucket locks for less time than it should', 'EvidenceConflict');
    },
  };
  await timeSkipping(
    async (run) => {
      const stuck = await run.until(incomplete);
      expect(stuck.waitingFor).toMatchObject([{ kind: 'hands', what: 'release-kill-switch' }]);
      isMended = true;
      expect(typeOf(await run.failure())).toBe('RolledBack');
    },
    { answers },
  );
});

test('what cannot be shown to those who decide on traffic blocks the run', async () => {
  let isMended = false;
  const answers: Partial<Activities> = {
    showEvidence() {
      if (isMended) return Promise.resolve(MANIFEST);
      throw ApplicationFailure.nonRetryable('the bucket locks for less time than it should', 'EvidenceConflict');
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ state }) => state === 'blocked');
      isMended = true;
      await run.say('recheck', { by: 'chi@acme.example' });
      await run.end();
      expect(await run.progress()).toMatchObject({ state: 'live' });
    },
    { answers },
  );
});

test('a step of the rollback that fails needs hands, keeps the kill switch on and goes on after retryRollback', async () => {
  let mended = false;
  const answers: Partial<Activities> = {
    ...breach,
    rollBackPolicies: () => Promise.resolve(mended ? passing() : failing('pv_41 was deleted')),
  };
  await timeSkipping(
    async (run) => {
      const stuck = await run.until(incomplete);
      expect(stuck.waitingFor).toMatchObject([{ kind: 'hands', what: 'policy-rollback' }]);
      expect(stuck).toMatchObject({ killSwitch: 'on', traffic: { percent: 0, confirmed: true } });
      await run.until(() => run.fakes.notices.some(({ summary }) => summary.includes('pv_41 was deleted')));
      expect(await run.status()).toBe('RUNNING');

      await run.say('retryRollback', { by: 'chi@acme.example', step: 'policy-rollback' });
      await run.until(({ messages, state }) => messages.accepted > 0 && state === 'rollback-incomplete');
      mended = true;
      await run.say('retryRollback', { by: 'chi@acme.example' });
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(run.fakes.requests('rollBackPolicies').map(({ key }) => key.split(':').at(-1))).toEqual(['1', '2', '3']);
    },
    { answers },
  );
});

test('the kill switch is tried by itself until it is on, with a page every minute, and traffic goes to safe meanwhile', async () => {
  let attempts = 0;
  const answers: Partial<Activities> = {
    ...breach,
    switchOn() {
      attempts += 1;
      if (attempts < 8) throw ApplicationFailure.nonRetryable('the platform refused', 'PlatformRefused');
      return Promise.resolve(passing());
    },
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ traffic }) => traffic.percent === 0 && traffic.confirmed);
      const { killSwitch } = await run.progress();
      expect(killSwitch).not.toBe('on');
      const stillNotDone = () =>
        run.fakes.notices.filter(({ summary }) => summary.startsWith('STILL NOT DONE: kill-switch-on'));
      const { state } = await run.until(() => stillNotDone().length > 0);
      expect(state).toMatch(/^roll/);
      expect(typeOf(await run.failure())).toBe('RolledBack');
      expect(attempts).toBe(8);
    },
    { answers },
  );
});

test('evidence that cannot be sealed keeps the run open', async () => {
  let refusing = true;
  const answers: Partial<Activities> = {
    archiveEvidence() {
      if (refusing) throw ApplicationFailure.nonRetryable('another bundle is there', 'EvidenceConflict');
      return Promise.resolve({ path: 'evidence/x', manifest: `sha256:${'1'.repeat(64)}` });
    },
  };
  await timeSkipping(
    async (run) => {
      const { waitingFor } = await run.until(({ waitingFor: asked }) => asked.some(({ kind }) => kind === 'hands'));
      expect(waitingFor).toMatchObject([{ what: 'archive-evidence' }]);
      expect(await run.status()).toBe('RUNNING');
      const late = await run.say('abort', { by: 'chi@acme.example', reason: 'too late' });
      expect(late.counted).toBe(false);
      refusing = false;
      await run.say('retryRollback', { by: 'chi@acme.example' });
      expect(await run.end()).toMatchObject({ outcome: 'live' });
    },
    { answers },
  );
});

test('a store that is down for the whole archive keeps the run open and pages, and the run completes once it is back', async () => {
  let isDown = false;
  const unlessDown = <T>(value: T): Promise<T> => {
    if (isDown) throw ApplicationFailure.retryable('the store answered ECONNREFUSED', 'EvidenceUnavailable');
    return Promise.resolve(value);
  };
  const answers: Partial<Activities> = {
    compareDenials() {
      isDown = true;
      return Promise.resolve(passing());
    },
    appendJournal: () => unlessDown(undefined),
    archiveEvidence: () => unlessDown({ path: 'evidence/x', manifest: `sha256:${'1'.repeat(64)}` as const }),
  };
  await timeSkipping(
    async (run) => {
      const told = () =>
        run.fakes.notices.filter(({ summary }) => summary.startsWith('STILL NOT DONE: archive-evidence'));
      await run.until(() => isDown);
      while (told().length < 3) await run.sleep(60_000);
      expect(await run.status()).toBe('RUNNING');
      isDown = false;
      // The journal is tried again after five minutes at the latest.
      await run.sleep(6 * MINUTE);
      expect(await run.end()).toMatchObject({ outcome: 'live' });
    },
    { answers },
  );
});
