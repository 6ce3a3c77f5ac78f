import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAtRest, isHalted } from './at-rest.ts';
import {
  killSwitchDrill,
  revocationDrill,
  rollbackDrill,
  safelyStopped,
  shift,
  switchOff,
  switchOn,
  toSafe,
} from './deeds.ts';
import { effectsOf } from './effects.ts';
import { hastyActivities } from './hasty.ts';
import { LOST_ANSWERS, type CallEffect } from './lost-answers.ts';
import { MUTATIONS } from './mutations.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { moveShare, startStage, type Stage } from './stage.ts';

/** Shorter than the sandbox is slow. */
const HASTY = 250;

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

describe.each(MUTATIONS)('$name', ({ kind, call, prepare, act, effects, nth, measuredAnew }) => {
  let before = 0;
  beforeEach(async () => {
    await prepare?.(stage);
    before = stage.effects().length;
  });
  const done = () => effectsOf(stage, before);
  const arm = (effect: CallEffect, times: number | 'always') =>
    stage.sandbox.control.arm({ kind: 'call', ...call, effect, times });

  it('does what it says, once', async () => {
    expect(await act(stage)).toMatchObject({ verdict: 'pass' });
    expect(done()).toEqual(effects);
  });

  it.each(LOST_ANSWERS)('has one effect under $name, and sees it by itself', async ({ effect }) => {
    arm(effect, 'always');
    const outcome = await outcomeOf(
      act(stage, effect.kind === 'slow' ? hastyActivities(stage, HASTY) : stage.activities),
    );
    // A change only has to show; a drill measures the platform, and an answer that does not fit is a finding.
    expect(wordOf(outcome)).toBe(kind === 'drill' && effect.kind === 'not-json' ? 'fail' : 'pass');
    expect(done()).toEqual(effects);
  });

  it('has one effect when the first call never arrived and Temporal asks again', async () => {
    arm({ kind: 'drop-before' }, 1);
    expect(wordOf(await outcomeOf(act(stage)))).toMatch(/NoAnswer$/);
    expect(wordOf(await outcomeOf(act(stage)))).toBe('pass');
    expect(done()).toEqual(measuredAnew === 'whenever it is repeated' ? [...effects, ...effects] : effects);
  });

  it('has one effect when the platform acts after we gave up and Temporal asks again', async () => {
    arm({ kind: 'slow', ms: 800, wait: 'before-acting' }, 1);
    const first = await outcomeOf(act(stage, hastyActivities(stage, HASTY)));
    expect(wordOf(first)).toMatch(/Late$|TrafficNoAnswer/);
    await vi.waitFor(() => expect(done()).toHaveLength(nth), 5_000);
    expect(wordOf(await outcomeOf(act(stage)))).toBe('pass');
    expect(done()).toEqual(measuredAnew === undefined ? effects : [...effects, ...effects]);
  });
});

describe('a call that is repeated because its report was lost', () => {
  const changes = MUTATIONS.filter(({ kind }) => kind !== 'drill');

  it.each(changes)('$name has no second effect', async ({ prepare, act }) => {
    await prepare?.(stage);
    await act(stage);
    const done = stage.effects();
    expect(await act(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects()).toEqual(done);
  });

  it.each([
    ['the kill switch', killSwitchDrill],
    ['revocation', revocationDrill],
    ['the rollback', rollbackDrill],
  ])('is a drill of %s again, and leaves as little behind as the first', async (_name, drill) => {
    await drill(stage);
    expect(await drill(stage)).toMatchObject({ verdict: 'pass' });
    await expectAtRest(stage);
  });
});

describe('moving traffic', () => {
  it('stops when the share is not where we left it', async () => {
    await moveShare(stage, 17);
    const outcome = await outcomeOf(shift(stage));
    expect(outcome).toMatchObject({ kind: 'failure', code: 'TrafficMoved', failure: { nonRetryable: true } });
    expect(stage.sandbox.control.state().share.percent).toBe(17);
  });

  it('stops when somebody else moves the share between our reading and our writing', async () => {
    stage.sandbox.control.arm({ kind: 'call', operationId: 'putShare', effect: { kind: 'slow', ms: 300 } });
    const outcome = outcomeOf(shift(stage));
    await vi.waitFor(() => expect(stage.sandbox.control.armed()).toEqual([]));
    await moveShare(stage, 17);
    expect(wordOf(await outcome)).toBe('TrafficMoved');
    expect(stage.sandbox.control.state().share.percent).toBe(17);
  });

  it('to its safe share wins over whoever moves it at the same moment', async () => {
    await moveShare(stage, 50);
    stage.sandbox.control.arm({ kind: 'call', operationId: 'putShare', effect: { kind: 'slow', ms: 300 } });
    const first = outcomeOf(toSafe(stage));
    await vi.waitFor(() => expect(stage.sandbox.control.armed()).toEqual([]));
    await moveShare(stage, 60);
    expect(await first).toMatchObject({ code: 'EffectUnconfirmed', failure: { nonRetryable: false } });
    expect(await toSafe(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.sandbox.control.state().share.percent).toBe(0);
  });
});

describe('the kill switch', () => {
  it('is not believed to be on while probes are still allowed', async () => {
    stage.sandbox.control.arm({ kind: 'world', name: 'halt-lies' });
    expect(await switchOn(stage)).toMatchObject({ verdict: 'fail' });
  });

  it('that somebody else threw stays theirs', async () => {
    await stage.others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
    expect(await switchOn(stage)).toMatchObject({ verdict: 'pass' });
    expect(stage.effects('emergency')).toHaveLength(1);
  });

  it('stays on while the policies are not back', async () => {
    await switchOn(stage);
    expect(await switchOff(stage)).toMatchObject({ verdict: 'fail' });
    expect(isHalted(stage)).toBe(true);
  });

  it('stays on while traffic is not at its safe share', async () => {
    await safelyStopped(stage);
    await moveShare(stage, 5);
    expect(await switchOff(stage)).toMatchObject({ verdict: 'fail' });
    expect(isHalted(stage)).toBe(true);
  });

  it('that was released is on again when the proof broke off', async () => {
    await safelyStopped(stage);
    const effect = { kind: 'status', status: 503, applied: false } as const;
    stage.sandbox.control.arm({ kind: 'call', operationId: 'submitIntent', effect, times: 'always' });
    expect(await outcomeOf(switchOff(stage))).toMatchObject({ kind: 'failure' });
    expect(isHalted(stage)).toBe(true);
  });

  it('that an attempt released before it died is on again when the platform is not safe any more', async () => {
    await safelyStopped(stage);
    const reason = `${stage.key('kill-switch-off')} released after the rollback`;
    await stage.others.applyEmergencyAction('tenant_resume', { reason });
    await moveShare(stage, 5);
    expect(await switchOff(stage)).toMatchObject({ verdict: 'fail' });
    expect(isHalted(stage)).toBe(true);
  });

  it('that somebody else released stays released', async () => {
    await safelyStopped(stage);
    await stage.others.applyEmergencyAction('tenant_resume', { reason: 'by hand' });
    await moveShare(stage, 5);
    expect(await switchOff(stage)).toMatchObject({ verdict: 'fail', halted: false });
    expect(isHalted(stage)).toBe(false);
  });

  it('that was released and can be neither proven nor thrown again is tried again until it is', async () => {
    await safelyStopped(stage);
    const { control } = stage.sandbox;
    const arm = (operationId: string, status: number, path?: string) =>
      control.arm({
        kind: 'call',
        operationId,
        ...(path === undefined ? {} : { path }),
        effect: { kind: 'status', status, applied: false },
        times: 'always',
      });
    arm('submitIntent', 400);
    arm('applyEmergencyAction', 503, 'tenant_halt');
    const outcome = await outcomeOf(switchOff(stage));
    expect(outcome).toMatchObject({ kind: 'failure', failure: { nonRetryable: false } });
    control.disarmAll();
    arm('submitIntent', 400);
    expect(await outcomeOf(switchOff(stage))).toMatchObject({ kind: 'failure', failure: { nonRetryable: true } });
    expect(isHalted(stage)).toBe(true);
  });

  it('is not released while the audit log hides whose halt it is', async () => {
    stage.sandbox.control.arm({ kind: 'world', name: 'stale-audit' });
    await safelyStopped(stage);
    expect(await switchOff(stage)).toMatchObject({ verdict: 'inconclusive', halted: true });
    stage.sandbox.control.disarmAll();
    expect(await switchOff(stage)).toMatchObject({ verdict: 'pass', halted: false });
  });

  it('is off and the rollback a lie, which is told before the call may last no longer', async () => {
    stage.sandbox.control.arm({ kind: 'world', name: 'rollback-lies' });
    await safelyStopped(stage);
    const begun = performance.now();
    const truly = performance.now.bind(performance);
    // Polls give up after half a minute by this clock; a tenth of it is enough for the answer.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => begun + (truly() - begun) * 10);
    const finding = await switchOff(stage);
    const took = performance.now() - begun;
    clock.mockRestore();
    expect(finding).toMatchObject({ verdict: 'fail' });
    expect(finding.reasons).toHaveLength(2);
    expect(took).toBeLessThan(55_000);
  });
});
