import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { inspectPlan, problemLines, readPlan } from '../../src/cli/plan/checked-plan.ts';
import { outline } from '../../src/cli/plan/outline.ts';
import { planTemplate, type PlanBasics } from '../../src/cli/plan/template.ts';
import { deciders, timetable } from '../../src/cli/plan/timetable.ts';
import { unpainted } from '../../src/cli/screen/lines.ts';
import { wrapped } from '../../src/cli/screen/wrapped.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';
import { digestOf } from '../../src/evidence/digest.ts';
import { contractJson, examplePlan, planWith } from '../support/plans.ts';
import { ROOT } from './compiled.ts';
import { fileOf } from './files.ts';

const OPERATOR = join(ROOT, 'golive.example.yaml');
const asYaml = (plan: object) => fileOf('plan.yaml', stringify(plan));
const HOUR = 3_600_000;

describe('Checking a plan', () => {
  it('names every problem with the place where it stands, from the top down', async () => {
    const file = fileOf(
      'plan.yaml',
      stringify(examplePlan())
        .replace('errorShare: 0.005', 'errorShare: 0.5\n  shareOfErrors: 1')
        .replace('30m', '30 min'),
    );
    const check = await inspectPlan(file, undefined);
    expect(check.ok ? [] : problemLines('plan.yaml', check.problems)).toMatchInlineSnapshot(`
      [
        "plan.yaml:20:15: limits.errorShare: Too big: expected number to be <=0.2",
        "plan.yaml:21:3: limits: unknown field "shareOfErrors"",
        "plan.yaml:26:25: limits.detectableErrorShare: must be greater than errorShare",
        "plan.yaml:35:11: rollout.lowTraffic.hold: is not a duration such as 30m, 1h30m or PT5M",
      ]
    `);
  });

  it('gives YAML and JSON of one plan the same digest, which is that of the workflow', async () => {
    const plan = examplePlan();
    const [yaml, json] = [asYaml(plan), fileOf('plan.json', JSON.stringify(plan))];
    const digests = [(await readPlan(yaml)).digest, (await readPlan(json)).digest];
    expect(digests).toEqual([digestOf(plan), digestOf(plan)]);
  });

  it('hands on the durations as they were written, not as milliseconds', async () => {
    const { document } = await readPlan(asYaml(examplePlan()));
    expect(document).toEqual(contractJson('plan.example.json'));
  });

  it.each([
    ['a profile that is not there', { profile: 'acme-staging' }, 'has no profile "acme-staging"'],
    ['a tenant that it does not serve', { tenant: 'tenant_of_others' }, 'does not serve tenant_of_others'],
    ['an environment that it does not know', { environment: 'canary' }, 'does not know canary'],
    ['a fast clock in production', { clock: { speed: 60 } }, 'is not for rehearsals'],
  ])('holds it against the configuration of the operator: %s', async (_what, change, problem) => {
    const file = asYaml(examplePlan(change));
    expect((await inspectPlan(file, undefined)).ok).toBe(true);
    const check = await inspectPlan(file, OPERATOR);
    expect(check.ok ? '' : check.problems.map(({ text }) => text).join()).toContain(problem);
  });

  it('reads no secret for that: none of those that the configuration refers to is there', async () => {
    expect(Object.keys(process.env)).not.toContain('INTENDED_API_KEY');
    expect(readFileSync(OPERATOR, 'utf8')).toContain('INTENDED_API_KEY');
    expect((await inspectPlan(asYaml(examplePlan()), OPERATOR)).ok).toBe(true);
  });

  it('says which file cannot be read', async () => {
    await expect(inspectPlan('nowhere.yaml', undefined)).rejects.toMatchObject({
      message: 'nowhere.yaml cannot be read: there is no such file.',
      exitCode: 2,
    });
    const config = fileOf('golive.yaml', 'approvals: { mode: nobody }');
    await expect(inspectPlan(asYaml(examplePlan()), config)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('ends a command that needs a plan with all of its problems', async () => {
    const file = asYaml(planWith('rollout.lowTraffic.percent', 50));
    await expect(readPlan(file)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/plan\.yaml:\d+:\d+: rollout\.lowTraffic\.percent: /),
    });
  });
});

describe('What a plan means', () => {
  const plan = planSchema.parse(examplePlan());

  it('is shown on a terminal of 80 columns without cutting anything', () => {
    const digest = digestOf(examplePlan());
    const lines = outline({ plan, digest }).flatMap((paragraph) => wrapped(paragraph, 80, unpainted));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      plan     2026-11-22.1: Payments agents behind Intended
      digest   sha256:07ad26ebd03a49622db0f6018f48a164a21fc53bf60a2609ebd45fb248d41652
      for      tenant_acme_prod, production, by the profile acme-production
      asked by ana@acme.example, who decides nothing
      policy   payments-guardrails pv_42, rolled back to pv_41
               data-access pv_17, rolled back to pv_16

                            at least    at most
      preflight                    –         3d   6 steps; somebody vouches for what
                                                  no machine could check
      controls                     –         3d   13 steps; their owners vouch
      incident-readiness           –         3d   4 steps; their owners vouch
      begin-traffic                –         3d   2 of ben@acme.example,
                                                  chi@acme.example, dee@acme.example
      low-traffic                  –          –   traffic to 5 %
      steady-state               30m         1h   watched at 5 %
      deny-review                  –         4h   20 denials, reviewed by
                                                  dee@acme.example
      increase-traffic             –         8h   1 of group platform-oncall
      ramp-25                    40m      1h10m   watched at 25 %
      ramp-50                    40m      1h10m   watched at 50 %
      ramp-100                   40m      1h10m   watched at 100 %
      post-launch-watch           1d      1d30m   watched at 100 %
      audit-review                 –         3d   somebody vouches, at 100 %
      deny-patterns                –         3d   somebody vouches, at 100 %
      in all                 1d2h30m     19d17h

      blocked  what does not pass waits up to 3d, each time, for somebody to mend it
               and have it rechecked
      stale    facts are measured anew after 1h, drills after 7d
      deadline what nobody answers in time ends the go-live: rejected before traffic,
               rolled back with it

      latency  p50 60 ms, p95 150 ms, p99 400 ms at most
      errors   at most 0.5 %; a window has to be able to show 1 %
      allowed  85 % to 97 % of the decisions
      requests at least 1000 in a window
      checks   policy engine 100 ms, token signing 150 ms, audit lag 1m, a halt denies
               within 30s

      rollback on a breached limit, seen within 10s of the sample that shows it, a
               rejection, a missed deadline, abort or cancel, once traffic has moved
               kill switch on, traffic to 0 %, policies back to payments-guardrails
               pv_41, data-access pv_16, all of it verified
               released by 2 of group platform-oncall, group security within 1d; until
               then everything is denied
      "
    `);
  });

  it('takes at least its windows, and at most every wait and extension on top', () => {
    const sum = (which: 'least' | 'most') => timetable(plan).reduce((total, it) => total + it[which], 0);
    expect(sum('least') / HOUR).toBe(0.5 + 3 * (40 / 60) + 24);
    // Three phases and two steps at the end in which people vouch, two gates, a review, and half an hour more for each of five windows.
    expect((sum('most') - sum('least')) / HOUR).toBe(5 * 72 + 72 + 8 + 4 + 5 * 0.5);
  });

  it('says who decides: people, groups, and how many of them', () => {
    const from = { people: ['ben@acme.example'], groups: ['platform-oncall'] };
    expect(deciders({ approvals: 2, from })).toBe('2 of ben@acme.example, group platform-oncall');
  });
});

describe('A new plan', () => {
  const basics = {
    release: '2026-11-22.1',
    profile: 'acme-production',
    tenant: 'tenant_acme_prod',
    environment: 'production',
    requestedBy: 'ana@acme.example',
  };

  it('is refused until everything is filled in that only its authors know, and nothing else', async () => {
    const check = await inspectPlan(fileOf('plan.yaml', planTemplate(basics)), undefined);
    const missing = check.ok ? [] : check.problems.map(({ text }) => text.split(':')[0]);
    expect(missing).toEqual([
      'summary',
      'policy.active',
      'policy.previous',
      'gates.begin-traffic.from',
      'gates.begin-traffic.from.people',
      'gates.increase-traffic.from',
      'gates.increase-traffic.from.people',
      'gates.release-kill-switch.from',
      'gates.release-kill-switch.from.people',
      'controls.on-call.owner',
      'controls.on-call.evidence',
      'denyReview.reviewers',
    ]);
  });

  it.each(['profile', 'tenant', 'environment', 'requestedBy'] as const)('marks %s when it was not told', (name) => {
    const lineOf = (told: PlanBasics) =>
      planTemplate(told)
        .split('\n')
        .find((it) => it.startsWith(`${name}: `));
    expect(lineOf({ ...basics, [name]: '' })).toContain('"" # FILL IN: ');
    expect(lineOf(basics)).not.toContain('FILL IN');
  });

  it('has the bounds and durations of the example', () => {
    const written = parse(planTemplate(basics)) as Record<string, unknown>;
    const example = examplePlan();
    for (const part of ['apiVersion', 'limits', 'rollout', 'patience', 'clock'])
      expect(written[part]).toEqual(example[part]);
    expect(Object.keys(written).toSorted()).toEqual(Object.keys(example).toSorted());
  });

  it('keeps what it is told, whatever that contains', () => {
    const odd = { ...basics, requestedBy: '"ana" # \\ {}: @acme\u2028' };
    expect(parse(planTemplate(odd))).toMatchObject(odd);
  });
});
