import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { translated } from '../../src/activities/failures.ts';
import { planActivities, type Admission } from '../../src/activities/plans.ts';
import type { OperatorConfig } from '../../src/domain/profile-schema.ts';
import { digestOf } from '../../src/evidence/digest.ts';
import { exampleOperator } from '../support/operator.ts';
import { examplePlan, planWith } from '../support/plans.ts';

const operator = exampleOperator();
const production: OperatorConfig = {
  ...operator,
  profiles: Object.fromEntries(
    Object.entries(operator.profiles).map(([name, profile]) => [name, { ...profile, rehearsal: false }]),
  ),
};

const admit = (request: readonly unknown[], by = operator): Promise<Admission> =>
  translated(planActivities(by)).admitPlan(request);

/** The problems of a plan that is refused, which must be told in the message and in the details alike. */
async function problemsOf(request: readonly unknown[], by = operator): Promise<readonly string[]> {
  const failure: unknown = await admit(request, by).catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error('the plan was admitted');
  expect(failure).toMatchObject({ type: 'InvalidPlan', nonRetryable: true });
  const problems = failure.details?.[0] as readonly string[];
  expect(failure.message.split('\n')).toEqual(['the plan cannot be used:', ...problems]);
  return problems;
}

describe('a plan', () => {
  it('that is the example of the contract is admitted', async () => {
    const admission = await admit([examplePlan()], production);
    expect(admission).toMatchObject({ trust: 'namespace', rehearsal: false, longestTokenLife: 600_000 });
    expect(admission.plan).toMatchObject({ tenant: 'tenant_acme_prod', patience: { review: 14_400_000 } });
  });

  it('is known by the digest of what was handed in, not of what became of it', async () => {
    const plan = examplePlan();
    const { digest, plan: parsed } = await admit([plan]);
    expect(digest).toBe(digestOf(plan));
    expect(digest).not.toBe(digestOf(parsed));
    expect((await admit([planWith('summary', 'another')])).digest).not.toBe(digest);
  });

  it('rehearses with a faster clock only where the profile allows it', async () => {
    const fast = examplePlan({ clock: { speed: 60 } });
    expect(await admit([fast])).toMatchObject({ rehearsal: true });
    expect(await problemsOf([fast], production)).toEqual([
      'clock.speed: the profile acme-production is not for rehearsals, so the clock runs at 1',
    ]);
  });

  it.each([['nobody'], ['__proto__'], ['constructor'], ['toString']])(
    'may not name the profile %s that this worker does not have',
    async (profile) => {
      const problems = await problemsOf([examplePlan({ profile })]);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^profile: /);
    },
  );

  it('hears of its tenant, environment and speed at once', async () => {
    const plan = examplePlan({ tenant: 'tenant_other', environment: 'toString', clock: { speed: 2 } });
    expect(await problemsOf([plan], production)).toEqual([
      'tenant: the profile acme-production does not serve tenant_other',
      'environment: the profile acme-production does not know toString',
      'clock.speed: the profile acme-production is not for rehearsals, so the clock runs at 1',
    ]);
  });

  it('hears of every problem of its own at once', async () => {
    const plan = { ...planWith('limits.errorShare', 2), requestedBy: '', apiKey: 'mrt_live_1', summary: undefined };
    const problems = await problemsOf([plan]);
    for (const start of ['limits.errorShare: ', 'requestedBy: ', 'summary: ', 'the document: unknown field "apiKey"']) {
      expect(problems.filter((problem) => problem.startsWith(start))).not.toEqual([]);
    }
    expect(problems.join()).not.toContain('mrt_live_1');
  });

  it.each([[[]], [[examplePlan(), examplePlan()]]])('must come alone', async (request) => {
    expect(await problemsOf(request)).toEqual([`needs exactly one plan as its argument, got ${request.length}`]);
  });

  it.each([[null], ['a plan'], [[]], [42], [{}]])('is not %j', async (request) => {
    expect(await problemsOf([request])).not.toEqual([]);
  });
});
