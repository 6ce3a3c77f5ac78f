import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  isFor,
  noticeOf,
  openAfter,
  textOf,
  type Matter,
  type Notice,
  type Occasion,
} from '../../src/domain/notices.ts';
import { STEP_IDS } from '../../src/domain/plan.ts';
import { progressOf, type RunFacts } from '../../src/domain/progress.ts';
import { URGENCIES, type Urgency } from '../../src/domain/reminders.ts';
import type { Progress } from '../../src/domain/run.ts';
import { SEVERITIES, type Severity } from '../../src/domain/severity.ts';
import { BEN, CHI } from './people.ts';
import * as run from './runs.ts';

const GOLIVE = 'golive/tenant_acme_prod/production';
const ramping: Partial<RunFacts> = {
  phase: 'rollout',
  traffic: { percent: 25, confirmed: true },
  steps: [run.record('low-traffic'), run.running('ramp-25')],
};
const halted: Partial<RunFacts> = { ...ramping, phase: 'rollback', killSwitch: 'on', ending: run.ending };
const blockedSteps = [
  run.blocked('audit-pipeline', 'the newest event is 5 minutes old', 'our own probe is missing'),
  run.blocked('token-signing', 'PlatformLate: GET /keys: no complete answer within 10000 ms'),
];
const policySet = { ...run.recheck, step: 'token-signing' as const };

/** A notice on this occasion; what people are awaited for is all that the run waits for. */
function notice(occasion: Occasion | Urgency, facts: Partial<RunFacts>, open: readonly Matter[] = []): Notice {
  const progress = progressOf(run.runOf(facts));
  const told = noticeOf(typeof occasion === 'string' ? awaited(occasion, progress) : occasion, progress, open);
  if (told === null) throw new Error('nobody is told of this');
  return told;
}

const awaited = (urgency: Urgency, { waitingFor: waiting }: Progress): Occasion => ({
  kind: 'awaited',
  urgency,
  waiting,
});
const asking = (...asks: Parameters<typeof run.deskOf>[0]): Partial<RunFacts> => ({ desk: run.deskOf(asks) });
const matter = (subject: string, severity: Severity = 'critical'): Matter => ({
  key: `${GOLIVE} ${subject}`,
  severity,
});

const stopped = (outcome: 'rolled-back' | 'rejected' | 'canceled'): Partial<RunFacts> => ({
  outcome,
  ending: { ...run.ending, outcome, why: 'aborted: customers report denials', by: CHI },
  evidence: run.evidence,
});

const TOLD: Record<string, Notice> = {
  'gate-opens': notice('first', { phase: 'rollout', ...asking(run.approval) }),
  'gate-at-half-time': notice('reminder', { phase: 'rollout', ...asking(run.approval) }),
  'gate-with-traffic-before-its-deadline': notice('last', {
    ...ramping,
    ...asking({ ...run.approval, gate: 'increase-traffic' }),
  }),
  'gate-for-signed-approvals': notice('first', {
    trust: 'signed',
    desk: run.deskOf([run.approval], { trust: 'signed' }),
  }),
  'release-of-the-kill-switch': notice('first', {
    ...halted,
    ...asking({ ...run.approval, gate: 'release-kill-switch' }),
  }),
  'one-attestation': notice('first', { phase: 'controls', ...asking(run.attestationOf('circuit-breakers', BEN)) }),
  'attestations-of-one-owner': notice('first', {
    phase: 'controls',
    ...asking(run.attestationOf('role-review', CHI), run.attestationOf('on-call', CHI)),
  }),
  review: notice('first', { ...ramping, ...asking(run.review) }),
  blocked: notice('first', { steps: blockedSteps.slice(0, 1), ...asking(run.recheck) }),
  'several-blocked': notice('first', { steps: blockedSteps, ...asking(run.recheck, policySet) }),
  'blocked-before-the-deadline': notice('last', { steps: blockedSteps.slice(0, 1), ...asking(run.recheck) }),
  held: notice('first', { ...ramping, desk: run.deskOf([], { held: run.hold }) }),
  'held-with-a-deadline': notice('reminder', {
    ...ramping,
    heldUntil: run.hours(72),
    desk: run.deskOf([], { held: run.hold }),
  }),
  settled: notice({ kind: 'settled', subject: 'blocked steps' }, {}, [matter('blocked steps', 'warning')]),
  'approvals-void': notice(
    { kind: 'approvals-void', gate: 'begin-traffic', why: 'what was shown at the gate has changed' },
    {},
  ),
  breach: notice(
    { kind: 'breach', why: "error-share is 3.10 % of 4000 requests, the plan's bound is 0.50 %" },
    ramping,
  ),
  rollback: notice({ kind: 'rollback' }, { ...ramping, ...stopped('rolled-back'), evidence: null, outcome: null }),
  hands: notice(
    { kind: 'hands', step: 'policy-rollback', problem: 'PlatformRefused: POST /policies: refused with 403' },
    halted,
  ),
  'not-done': notice({ kind: 'not-done', step: 'kill-switch-on' }, { ...halted, killSwitch: 'unknown' }),
  'not-done-and-hands-are-awaited': notice(
    { kind: 'not-done', step: 'policy-rollback' },
    { ...halted, steps: [run.blocked('policy-rollback', 'the platform refused')], ...asking(run.hands) },
  ),
  done: notice({ kind: 'done', step: 'policy-rollback' }, halted, [matter('hands for policy-rollback')]),
  'traffic-unseen': notice({ kind: 'unseen', why: 'the traffic cannot be seen: edge/metrics: no answer' }, ramping),
  'traffic-seen': notice({ kind: 'seen' }, ramping, [matter('traffic unseen')]),
  unrecorded: notice({ kind: 'unrecorded' }, ramping),
  recorded: notice({ kind: 'recorded' }, ramping, [matter('journal', 'warning')]),
  live: notice(
    { kind: 'ended' },
    { outcome: 'live', traffic: { percent: 100, confirmed: true }, evidence: run.evidence },
  ),
  'rolled-back': notice({ kind: 'ended' }, stopped('rolled-back'), [matter('rollback'), matter('traffic unseen')]),
  rejected: notice({ kind: 'ended' }, stopped('rejected')),
  canceled: notice({ kind: 'ended' }, stopped('canceled')),
  rehearsal: notice('first', { rehearsal: true, phase: 'rollout', ...asking(run.approval) }),
};

const asFile = (told: Notice) =>
  [`${told.severity}: ${told.key}`, ...told.ends.map(({ key }) => `ends: ${key}`), '', textOf(told), ''].join('\n');

test.each(Object.entries(TOLD))('people are told of %s as they know it', async (name, told) => {
  await expect(asFile(told)).toMatchFileSnapshot(`golden/notices/${name}.txt`);
});

describe('The first line', () => {
  it('is the whole story in under 120 characters, however long names and reasons are, and says where', () => {
    const seed = Number(process.env['GOLIVE_TEST_SEED'] ?? Date.now() % 2 ** 31);
    console.info(`first lines: GOLIVE_TEST_SEED=${seed} repeats them`);
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(word, word, word, fc.boolean(), (tenant, environment, why, rehearsal) => {
        const facts = { tenant, environment, rehearsal, ending: { ...run.ending, why } };
        for (const kind of ['breach', 'rollback', 'unseen'] as const) {
          const { summary } = notice({ kind, why }, facts);
          expect(summary.length).toBeLessThan(120);
          expect(summary).toMatch(/ \(.+\)$/s);
          expect(summary.startsWith('REHEARSAL: ')).toBe(rehearsal);
        }
      }),
      { seed },
    );
  });

  it('is one line, and so is every other, whatever others wrote', () => {
    const why = 'first\nsecond\r\n\u001b[31mthird\u202e\u0000';
    const text = textOf(notice({ kind: 'breach', why }, {}));
    expect(text).toContain('BREACH: first second [31mthird');
    expect(text.split('\n')).toHaveLength(3);
  });
});

describe('What is sent to a phone', () => {
  it('is cut where there is too much of it', () => {
    const controls = ['on-call', 'role-review', 'circuit-breakers'] as const;
    const many = Array.from({ length: 20 }, (_, index) => run.attestationOf(controls[index % 3] ?? 'on-call', null));
    const { lines } = notice('first', asking(...many));
    expect(lines).toHaveLength(15);
    expect(lines.at(-1)).toBe('… and 7 more');
  });

  it('says where a command stands that nobody would type there', () => {
    const told = notice('first', { golive: 'g'.repeat(700), ...asking(run.approval) });
    expect(told.command).toBeNull();
    expect(told.lines).toContain('The command stands in the current details of the run.');
  });

  it('has no command that finds denials correct which nobody has seen', () => {
    expect(notice('first', asking(run.review)).command).toBeNull();
    const signed = { trust: 'signed', desk: run.deskOf([run.review], { trust: 'signed' }) } as const;
    expect(notice('first', signed).command).toBe('golive review --workflow-id golive/tenant_acme_prod/production');
  });
});

describe('A matter', () => {
  const facts = { ending: run.ending };
  const open = (...notices: Notice[]) => notices.reduce<readonly Matter[]>(openAfter, []);

  it('has one key for a breach and the rollback that follows it', () => {
    expect(notice({ kind: 'breach', why: 'x' }, facts).key).toBe(notice({ kind: 'rollback' }, facts).key);
  });

  it('has another key for another subject, gate, step and run', () => {
    const keys = STEP_IDS.map((step) => notice({ kind: 'hands', step, problem: 'x' }, {}).key);
    expect(new Set(keys).size).toBe(STEP_IDS.length);
    expect(notice({ kind: 'rollback' }, { ...facts, golive: 'other' }).key).not.toBe(
      notice({ kind: 'rollback' }, facts).key,
    );
  });

  it('is open with the highest severity with which it was told, and not at all when it is only good to know', () => {
    const asked = ramping.steps ? { ...ramping, ...asking(run.approval) } : {};
    const urgent = URGENCIES.map((urgency) => notice(urgency, asked));
    expect(urgent.map(({ severity }) => severity)).toEqual(['info', 'warning', 'critical']);
    expect(open(...urgent.slice(0, 1))).toEqual([]);
    expect(open(...urgent)).toEqual([matter('approval of begin-traffic')]);
    expect(open(...urgent.toReversed())).toEqual([matter('approval of begin-traffic')]);
  });

  it('is over when what it was about is over; nobody is told of an end whose beginning nobody was told of', () => {
    const stuck = notice({ kind: 'hands', step: 'policy-rollback', problem: 'x' }, facts);
    const done: Occasion = { kind: 'done', step: 'policy-rollback' };
    const progress = progressOf(run.runOf(facts));
    expect(noticeOf(done, progress, [])).toBeNull();
    expect(noticeOf({ kind: 'done', step: 'kill-switch-on' }, progress, open(stuck))).toBeNull();
    expect(openAfter(open(stuck), notice(done, facts, open(stuck)))).toEqual([]);
  });

  it('gives way to the rollback, which the end ends with all that is left', () => {
    const before = open(notice('reminder', asking(run.approval)), notice({ kind: 'breach', why: 'x' }, facts));
    const rollback = notice({ kind: 'rollback' }, facts, before);
    expect(rollback.ends).toEqual([matter('approval of begin-traffic', 'warning')]);
    const after = openAfter(before, rollback);
    expect(after).toEqual([matter('rollback')]);
    expect(notice({ kind: 'ended' }, stopped('rolled-back'), after).ends).toEqual(after);
  });
});

describe('Whoever wants to hear of', () => {
  const of = (severity: Severity, ...ends: Matter[]): Notice => ({
    ...notice({ kind: 'rollback' }, {}),
    severity,
    ends,
  });

  it.each(SEVERITIES)('%s and above hears of nothing below', (least) => {
    const heard = SEVERITIES.filter((severity) => isFor(of(severity), least));
    expect(heard).toEqual(SEVERITIES.slice(SEVERITIES.indexOf(least)));
  });

  it('what is critical hears of its end as well, which is only good to know', () => {
    expect(isFor(of('info', matter('rollback')), 'critical')).toBe(true);
    expect(isFor(of('info', matter('blocked steps', 'warning')), 'critical')).toBe(false);
  });
});
