import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities, Sight } from '../../src/activities/index.ts';
import type { Charge } from '../../src/workflows/charge.ts';
import { fakeActivities, MANIFEST } from '../support/fakes.ts';
import { examplePlan } from '../support/plans.ts';
import { SOON, timeSkipping, typeOf, type GoLive } from './rig.ts';

async function aCharge(): Promise<Charge> {
  const request = examplePlan();
  const admission = await fakeActivities().activities.admitPlan([request]);
  const { profile, tenant, environment } = admission.plan;
  return {
    ward: { golive: 'golive/of/somebody', runId: 'the-run', chain: 'the-chain' },
    scope: { profile, tenant, environment, folder: 'the/folder' },
    request,
    admission,
  };
}

/** What a guardian does that has seen this of its go-live. */
async function guardianOf(
  sight: Sight,
  story: (run: GoLive) => Promise<void>,
  answers: Partial<Activities> = {},
): Promise<void> {
  const watched = { watchOver: () => Promise.resolve(sight), ...answers };
  await timeSkipping(story, { workflow: 'goLiveGuardian', args: [await aCharge()], answers: watched });
}

const sealed = () => Promise.reject(ApplicationFailure.nonRetryable('the journal is closed', 'EvidenceSealed'));

test('a run whose outcome was decided and whose seal broke off is sealed, and nothing of it is taken back', async () => {
  await guardianOf(
    { kind: 'unsealed', why: 'golive/of/somebody was terminated' },
    async (run) => {
      expect(typeOf(await run.silence())).toBe('Destroyed');
      expect(run.fakes.names()).toEqual(['archiveDestroyed']);
      expect(await run.progress()).toMatchObject({ state: 'destroyed', evidence: { manifest: MANIFEST } });
      expect(run.fakes.notices.map(({ summary }) => summary).join()).toMatch(/^TAKEN OVER/);
    },
    { continueJournal: sealed },
  );
});

test('late calls of a run that is lost are waited for before the traffic is looked at once more', async () => {
  await guardianOf({ kind: 'lost', why: 'was terminated', trafficMoved: 'yes' }, async (run) => {
    const looks = () => run.fakes.requests('trafficToSafe').length;
    await expect.poll(() => run.fakes.names().toSorted(), SOON).toEqual(['inheritBegun', 'switchOn', 'trafficToSafe']);
    await run.sleep(29_000);
    expect(looks()).toBe(1);
    await run.sleep(2_000);
    await expect.poll(looks, SOON).toBe(2);
  });
});

test('where nobody can say whether traffic has moved, drills and traffic are taken back', async () => {
  await guardianOf({ kind: 'lost', why: 'was terminated', trafficMoved: 'unknown' }, async (run) => {
    // It answers no questions before it has taken over.
    await expect.poll(() => run.fakes.names(), SOON).toContain('trafficToSafe');
    expect(typeOf(await run.failure())).toBe('Destroyed');
    const names = run.fakes.names();
    for (const undo of ['trafficToSafe', 'releaseDrillHalt', 'revokeDrillCredentials', 'restoreStaging']) {
      expect(names).toContain(undo);
    }
    expect(names.indexOf('restoreStaging')).toBeGreaterThan(names.indexOf('switchOff'));
  });
});

test('what was told of a loss before traffic is over with the end', async () => {
  await guardianOf({ kind: 'lost', why: 'was terminated', trafficMoved: 'no' }, async (run) => {
    expect(typeOf(await run.silence())).toBe('Destroyed');
    expect(run.fakes.names()).not.toContain('switchOn');
    const [taken, ended] = run.fakes.notices;
    expect(taken).toMatchObject({ severity: 'critical', summary: expect.stringMatching(/^TAKEN OVER/) });
    expect(ended?.ends.map(({ key }) => key)).toContain(taken?.key);
  });
});
