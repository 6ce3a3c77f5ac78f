import { describe, expect, it } from 'vitest';
import { readExamplePlan, rehearsalPlan } from '../../src/cli/rehearsal-plan.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';
import { CONTROL_IDS, proofOf } from '../../src/domain/plan.ts';
import { ROOT } from './compiled.ts';

const example = readExamplePlan(ROOT);
const DAY = 86_400_000;

describe('The rehearsal plan', () => {
  it.each([
    { speed: 1, byHand: false },
    { speed: 1440, byHand: false },
    { speed: 1440, byHand: true },
    { speed: 10_000, byHand: true },
  ])('is a valid plan: speed $speed, by hand $byHand', (rehearsal) => {
    expect(planSchema.safeParse(rehearsalPlan(example, rehearsal)).error).toBeUndefined();
  });

  it('rehearses the runbook of the example: shares, holds, gates and policy are the same', () => {
    const plan = rehearsalPlan(example, { speed: 1440, byHand: false });
    for (const part of ['rollout', 'gates', 'policy', 'denyReview', 'patience', 'requestedBy'] as const) {
      expect(plan[part]).toEqual(example[part]);
    }
  });

  it('gives people half an hour at a day a minute when they decide by hand', () => {
    const { gates, patience, clock } = planSchema.parse(rehearsalPlan(example, { speed: 1440, byHand: true }));
    const waits = [...Object.values(patience), ...Object.values(gates).map(({ within }) => within)];
    for (const wait of waits) expect(wait / clock.speed).toBe((30 * DAY) / 1440);
  });

  it('names an owner for every control that somebody has to vouch for, and never the requester', () => {
    const { controls } = rehearsalPlan(example, { speed: 1440, byHand: false });
    const vouched = CONTROL_IDS.filter((id) => proofOf(id) !== 'facts');
    expect(Object.keys(controls).toSorted()).toEqual(vouched.toSorted());
    for (const control of Object.values(controls)) expect(control?.owner).not.toBe(example.requestedBy);
  });
});
