import { expect, test } from 'vitest';
import { detailsOf } from '../../src/domain/details.ts';
import { CONTROL_IDS } from '../../src/domain/plan.ts';
import { progressOf, type RunFacts } from '../../src/domain/progress.ts';
import { BEN, CHI, DEE } from './people.ts';
import * as run from './runs.ts';

const details = (facts: Partial<RunFacts>) => detailsOf(progressOf(run.runOf(facts)));

const CONTROLS = CONTROL_IDS.slice(0, 12);

const stopped: Partial<RunFacts> = {
  phase: 'rollback',
  killSwitch: 'on',
  ending: run.ending,
  steps: [run.record('kill-switch-on'), run.blocked('policy-rollback', 'PlatformRefused: 403 forbidden')],
};

const runs: Record<string, Partial<RunFacts>> = {
  'waiting-for-approval': {
    phase: 'rollout',
    steps: [run.record('infrastructure-health', { summary: '5 of 5 services healthy' }), run.running('begin-traffic')],
    desk: run.deskOf([run.approval], {
      refusals: {
        count: 23,
        latest: [{ at: run.hours(1), name: 'approve', by: 'ana@acme.example', why: 'the requester cannot approve' }],
      },
    }),
  },
  blocked: {
    steps: [
      run.record('infrastructure-health'),
      run.blocked('audit-pipeline', 'the newest event is 5 minutes old', 'our own probe is missing'),
    ],
    desk: run.deskOf([run.recheck]),
  },
  'attestations-of-two-owners': {
    phase: 'controls',
    rehearsal: true,
    steps: [run.running('circuit-breakers'), run.running('role-review'), run.running('on-call')],
    desk: run.deskOf([
      run.attestationOf('circuit-breakers', BEN),
      run.attestationOf('role-review', CHI),
      run.attestationOf('on-call', CHI),
    ]),
  },
  'review-of-denials': {
    phase: 'rollout',
    traffic: { percent: 5, confirmed: true },
    steps: [run.record('steady-state'), run.running('deny-review')],
    desk: run.deskOf([run.review]),
  },
  'signed-decisions': {
    phase: 'rollout',
    trust: 'signed',
    steps: [run.running('begin-traffic'), run.running('role-review')],
    desk: run.deskOf([run.approval, run.attestationOf('role-review', CHI)], { trust: 'signed' }),
  },
  'a-dozen-attestations': {
    phase: 'controls',
    steps: CONTROLS.map(run.running),
    desk: run.deskOf(CONTROLS.map((control, index) => run.attestationOf(control, [BEN, CHI, DEE][index % 3] ?? null))),
  },
  watching: {
    phase: 'rollout',
    rehearsal: true,
    traffic: { percent: 25, confirmed: true },
    steps: [run.record('increase-traffic', { summary: 'approved by chi@acme.example' }), run.running('ramp-25')],
  },
  held: {
    phase: 'rollout',
    traffic: { percent: 25, confirmed: true },
    steps: [run.record('ramp-25'), run.running('ramp-50')],
    desk: run.deskOf([], { held: run.hold }),
  },
  'to-be-released': {
    phase: 'rollback',
    killSwitch: 'on',
    ending: { ...run.ending, by: CHI },
    steps: [
      run.record('ramp-25', { status: 'stopped', verdict: null, reasons: ['p99 is certainly above 400 ms'] }),
      run.record('kill-switch-on'),
      run.record('traffic-to-safe'),
      run.record('policy-rollback'),
      run.record('verify-rollback'),
      run.running('release-kill-switch'),
    ],
    desk: run.deskOf([run.release]),
  },
  'not-told-to-anybody': {
    phase: 'rollout',
    steps: [run.running('begin-traffic')],
    desk: run.deskOf([run.approval]),
    notifications: {
      failed: 3,
      lastProblem: {
        at: run.clock(36),
        notice: 'Reminder: approve begin-traffic (1 of 2) until 2026-11-25 10:00 UTC (tenant_acme_prod/production)',
        why: 'PagingFailed: 1 of 1 pagers did not accept (paging.0: refused with 404)',
      },
    },
  },
  'rollback-incomplete': { ...stopped, desk: run.deskOf([run.hands]) },
  live: {
    phase: 'post-launch',
    outcome: 'live',
    trust: 'signed',
    traffic: { percent: 100, confirmed: true },
    steps: [run.record('deny-patterns'), run.record('archive-evidence')],
    evidence: run.evidence,
  },
};

// As .txt, because a formatter of Markdown would change what the screen of Temporal gets.
test.each(Object.entries(runs))('the details of a run that is %s are as people know them', async (name, facts) => {
  await expect(details(facts)).toMatchFileSnapshot(`golden/${name}.txt`);
});

// What stands before a Temporal UI may take no more than 8 KiB, and the text travels in the address.
test.each(Object.entries(runs))('the details of a run that is %s fit into an address', (_name, facts) => {
  expect(encodeURIComponent(details(facts)).length).toBeLessThan(7_000);
});

test('a halted platform that only people may release says that it is safe', () => {
  const text = details({ ...stopped, desk: run.deskOf([run.release]) });
  expect(text).toContain('## Safe and halted: people must release the kill switch');
});

test('a share that nobody has read back is shown as unconfirmed, and one that nobody knows as unknown', () => {
  expect(details({ traffic: { percent: 25, confirmed: false } })).toContain('Traffic **25 % (unconfirmed)**');
  expect(details({ traffic: { percent: null, confirmed: false } })).toContain('Traffic **unknown**');
});

test('of many steps and refusals the newest are shown', () => {
  const refusal = (at: number) => ({ at: run.hours(at), name: 'hold', by: BEN, why: `reason ${at}` });
  const text = details({
    steps: Array.from({ length: 30 }, (_, index) => run.record('policy-set', { summary: `number ${index}` })),
    desk: run.deskOf([], { refusals: { count: 40, latest: [1, 2, 3, 4, 5].map(refusal) } }),
  });
  expect(text.match(/number \d+/g)).toEqual(Array.from({ length: 12 }, (_, index) => `number ${index + 18}`));
  expect(text.match(/reason \d/g)).toEqual(['reason 3', 'reason 4', 'reason 5']);
  expect(text).toContain('Refused, 40 in all');
});
