import { expect, test } from 'vitest';
import { failing, passing, report } from '../support/fakes.ts';
import { GOOD_LABEL, labelsIn } from '../support/labels.ts';
import { helpful, timeSkipping, type People } from './rig.ts';

/** They have what failed tried again at once. */
const insistent: People = (waiting, progress) => {
  if (waiting.kind !== 'hands' && waiting.kind !== 'recheck') return helpful(waiting, progress);
  const name = waiting.kind === 'hands' ? 'retryRollback' : 'recheck';
  return [{ name, body: { by: 'chi@acme.example', step: waiting.what } }];
};

test('every call and every timer of a go-live says which step it belongs to and what it is for', async () => {
  await timeSkipping(async (run) => {
    await run.end();
    const labels = labelsIn(await run.handle.fetchHistory());
    expect(labels.filter((label) => !GOOD_LABEL.test(label))).toEqual([]);
    expect(labels).toEqual(
      expect.arrayContaining([
        'audit-pipeline: Audit events are recorded',
        'begin-traffic: deadline of the approval',
        'low-traffic: traffic to 5 %',
        'steady-state: 30m at 5 %',
        'post-launch-watch: watch for 1d at 100 %',
        'archive-evidence: seal the evidence',
      ]),
    );
  });
});

test('so do those of a run that is blocked, breaches a limit and whose rollback needs hands', async () => {
  const attempts = { checks: 0, rollbacks: 0 };
  const answers = {
    checkHealth: () => Promise.resolve((attempts.checks += 1) === 1 ? failing('4 of 5 services healthy') : passing()),
    watchWindow: (_scope: unknown, request: Parameters<typeof report>[0]) =>
      Promise.resolve(report(request, failing('errors are 3 % of 4000 requests'))),
    rollBackPolicies: () => Promise.resolve((attempts.rollbacks += 1) === 1 ? failing('403 forbidden') : passing()),
  };
  await timeSkipping(
    async (run) => {
      await run.failure(insistent);
      const labels = labelsIn(await run.handle.fetchHistory());
      expect(labels.filter((label) => !GOOD_LABEL.test(label))).toEqual([]);
      expect(labels).toEqual(
        expect.arrayContaining([
          'infrastructure-health: deadline of the recheck',
          'kill-switch-on: Kill switch on',
          'policy-rollback: Previous policy versions back',
          'verify-rollback: until tokens from before the halt have expired',
          'release-kill-switch: keep what is shown to those who decide',
        ]),
      );
    },
    { answers },
  );
});
