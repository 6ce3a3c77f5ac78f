import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Effect } from '../../src/sandbox/ledger.ts';
import { expectAtRest, isHalted } from './at-rest.ts';
import {
  killSwitchDrill,
  revocationDrill,
  rollBack,
  rollbackDrill,
  safelyStopped,
  shift,
  switchOff,
  switchOn,
  toSafe,
  type Deed,
} from './deeds.ts';
import { hastyActivities } from './hasty.ts';
import { LOST_ANSWERS, type CallEffect } from './lost-answers.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { moveShare, startStage, type Stage } from './stage.ts';

/** Shorter than the sandbox is slow. */
const HASTY = 250;

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

/** A change that Temporal may ask for more than once. */
interface Mutation {
  readonly name: string;
  readonly operation: string;
  /** Of several uses of one operation, the one that is broken. */
  readonly path?: string;
  readonly prepare?: (stage: Stage) => Promise<unknown>;
  readonly act: Deed;
  /** What must be in the ledger afterwards, each exactly once. */
  readonly effects: readonly string[];
  /** The last call of a drill: once it has come through, there is nothing to go on with, and the drill is measured anew. */
  readonly isLast?: true;
}

const DRILL_HALT = 'tenant_halt by golive:test:c0ffee00:kill-switch-drill:1';
const DRILL_RELEASE = 'tenant_resume by golive:test:c0ffee00:kill-switch-drill:1';
const GONE_BACK = 'data-access pv_117 to pv_116 by golive:test:c0ffee00:rollback-rehearsal:1/back';
const GONE_FORTH = 'data-access pv_116 to pv_117 by golive:test:c0ffee00:rollback-rehearsal:1/forth';

const MUTATIONS: readonly Mutation[] = [
  { name: 'shiftTraffic', operation: 'putShare', act: shift, effects: ['share 0 to 5'] },
  {
    name: 'trafficToSafe',
    operation: 'putShare',
    prepare: (stage) => moveShare(stage, 50),
    act: toSafe,
    effects: ['share 50 to 0'],
  },
  {
    name: 'switchOn',
    operation: 'applyEmergencyAction',
    act: switchOn,
    effects: ['tenant_halt by golive:test:c0ffee00:kill-switch-on:1 go-live rollback: a test'],
  },
  {
    name: 'rollBackPolicies',
    operation: 'rollbackPolicy',
    act: rollBack,
    effects: [
      'payments-guardrails pv_42 to pv_41 by golive:test:c0ffee00:policy-rollback:1',
      'data-access pv_17 to pv_16 by golive:test:c0ffee00:policy-rollback:1',
    ],
  },
  {
    name: 'switchOff',
    operation: 'applyEmergencyAction',
    prepare: safelyStopped,
    act: switchOff,
    effects: ['tenant_resume by golive:test:c0ffee00:kill-switch-off:1 released after the rollback'],
  },
  {
    name: 'rehearseKillSwitch, when it halts',
    operation: 'applyEmergencyAction',
    path: 'tenant_halt',
    act: killSwitchDrill,
    effects: [DRILL_HALT, DRILL_RELEASE],
  },
  {
    name: 'rehearseKillSwitch, when it releases',
    operation: 'applyEmergencyAction',
    path: 'tenant_resume',
    isLast: true,
    act: killSwitchDrill,
    effects: [DRILL_HALT, DRILL_RELEASE],
  },
  {
    name: 'rehearseRollback, when it goes back',
    operation: 'rollbackPolicy',
    path: 'pv_116',
    act: rollbackDrill,
    effects: [GONE_BACK, GONE_FORTH],
  },
  {
    name: 'rehearseRollback, when it goes forth',
    operation: 'rollbackPolicy',
    path: 'pv_117',
    isLast: true,
    act: rollbackDrill,
    effects: [GONE_BACK, GONE_FORTH],
  },
];

describe.each(MUTATIONS)('$name', ({ name, operation, path, prepare, act, effects, isLast }) => {
  let before = 0;
  beforeEach(async () => {
    await prepare?.(stage);
    before = stage.effects().length;
  });
  const done = () => stage.effects().slice(before).map(wordsOf);
  const arm = (effect: CallEffect, times: number | 'always') =>
    stage.sandbox.control.arm({
      kind: 'call',
      operationId: operation,
      effect,
      times,
      ...(path === undefined ? {} : { path }),
    });

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
    expect(wordOf(outcome)).toBe(name.startsWith('rehearse') && effect.kind === 'not-json' ? 'fail' : 'pass');
    expect(done()).toEqual(effects);
  });

  it('has one effect when the first call never arrived and Temporal asks again', async () => {
    arm({ kind: 'drop-before' }, 1);
    expect(wordOf(await outcomeOf(act(stage)))).toMatch(/NoAnswer$/);
    expect(wordOf(await outcomeOf(act(stage)))).toBe('pass');
    expect(done()).toEqual(effects);
  });

  it('has one effect when the platform acts after we gave up and Temporal asks again', async () => {
    arm({ kind: 'slow', ms: 800, wait: 'before-acting' }, 1);
    const first = await outcomeOf(act(stage, hastyActivities(stage, HASTY)));
    expect(wordOf(first)).toMatch(/Late$|TrafficNoAnswer/);
    const landed = isLast === undefined ? 1 : effects.length;
    await vi.waitFor(() => expect(done()).toHaveLength(landed), 5_000);
    expect(wordOf(await outcomeOf(act(stage)))).toBe('pass');
    expect(done()).toEqual(isLast === undefined ? effects : [...effects, ...effects]);
  });
});

describe('a call that is repeated because its report was lost', () => {
  const changes = MUTATIONS.filter(({ name }) => !name.startsWith('rehearse'));

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

  it('is off and the rollback a lie, which is told before the call may last no longer', async () => {
    stage.sandbox.control.arm({ kind: 'world', name: 'rollback-lies' });
    await safelyStopped(stage);
    const begun = performance.now();
    const truly = performance.now.bind(performance);
    // Polls give up after half a minute by this clock; a fiftieth of it is enough for the answer.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => begun + (truly() - begun) * 50);
    const finding = await switchOff(stage);
    const took = performance.now() - begun;
    clock.mockRestore();
    expect(finding).toMatchObject({ verdict: 'fail' });
    expect(finding.reasons).toHaveLength(2);
    expect(took).toBeLessThan(55_000);
  });
});

function wordsOf(effect: Effect): string {
  switch (effect.what) {
    case 'share':
      return `share ${effect.from} to ${effect.to}`;
    case 'emergency':
      return `${effect.action} by ${effect.reason}`;
    case 'rollback':
      return `${effect.pack} ${effect.from} to ${effect.to} by ${effect.reason}`;
    case 'deployment':
    case 'credential-created':
    case 'credential-revoked':
    case 'export':
      return effect.what;
  }
}
