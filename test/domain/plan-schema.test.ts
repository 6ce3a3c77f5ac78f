import { expect, describe, it } from 'vitest';
import { planSchema } from '../../src/domain/plan-schema.ts';
import { problemsOf } from '../../src/domain/problems.ts';
import { examplePlan, planWith } from '../support/plans.ts';
import { otherSpellings } from './people.ts';

const problems = (plan: unknown): string[] => {
  const { error } = planSchema.safeParse(plan);
  return error ? problemsOf(error) : [];
};

const HOUR = 3_600_000;

describe('the plan of the contract', () => {
  it('is accepted', () => {
    expect(problems(examplePlan())).toEqual([]);
  });

  it('becomes milliseconds wherever it has a duration', () => {
    const { rollout, limits, gates, patience } = planSchema.parse(examplePlan());
    expect(rollout).toEqual({
      safePercent: 0,
      lowTraffic: { percent: 5, hold: HOUR / 2 },
      ramp: [25, 50, 100].map((percent) => ({ percent, hold: (2 * HOUR) / 3 })),
      postLaunch: 24 * HOUR,
      sampleEvery: 10_000,
      extendAtMost: HOUR / 2,
    });
    expect([limits.auditLag, limits.haltToDeny]).toEqual([60_000, 30_000]);
    expect(Object.values(gates).map(({ within }) => within)).toEqual([72 * HOUR, 8 * HOUR, 24 * HOUR]);
    expect(patience).toEqual({ blocked: 72 * HOUR, attestation: 72 * HOUR, review: 4 * HOUR });
  });

  it('runs at the true clock when it does not say otherwise', () => {
    expect(planSchema.parse(examplePlan({ clock: undefined })).clock).toEqual({ speed: 1 });
  });

  it('must name who is on call, and nobody vouches for the own plan', () => {
    const link = 'https://wiki.acme.example/on-call';
    expect(problems(examplePlan({ controls: {} }))).toEqual(['controls.on-call: is missing: somebody must be on call']);
    expect(problems(examplePlan({ controls: { 'on-call': { owner: 'Ana@acme.example', evidence: link } } }))).toEqual([
      'controls.on-call.owner: must not be the requester',
    ]);
  });
});

describe('a plan with mistakes', () => {
  it('tells ten mistakes at once, each with its path, the ones between two fields too', () => {
    const plan = planWith('rollout.ramp', [
      { percent: 25, hold: '10m' },
      { percent: 50, hold: '10m' },
      { percent: 100, hold: '10m' },
    ]);
    Object.assign(plan, {
      apiVersion: 'golive/v2',
      release: '',
      summary: ' ',
      force: true,
      policy: { active: { a: 'v1', b: 'v2' }, previous: { a: 'v1' } },
      limits: { ...Object(plan['limits']), detectableErrorShare: 0.001 },
      gates: {
        ...Object(plan['gates']),
        'begin-traffic': { approvals: 2, from: { people: ['ana@acme.example', 'ben@acme.example'] }, within: '1h' },
      },
      clock: { speed: 0 },
    });
    expect(problems(plan).sort()).toEqual([
      'apiVersion: Invalid input: expected "golive/v1"',
      'clock.speed: Too small: expected number to be >=1',
      'gates.begin-traffic.from.people: must name at least 2 people other than the requester',
      'limits.detectableErrorShare: must be greater than errorShare',
      'policy.previous.a: is the same as the active version',
      'policy.previous.b: is missing: nothing to roll back to',
      'release: must be 1 to 100 letters, digits, dots or dashes',
      'rollout.ramp: the holds must add up to between 2h and 4h',
      'summary: must be a sentence',
      'the document: unknown field "force"',
    ]);
  });

  it('names every field that does not belong there', () => {
    expect(problems(examplePlan({ force: true, skip: ['audit-pipeline'] }))).toEqual([
      'the document: unknown field "force"',
      'the document: unknown field "skip"',
    ]);
  });

  it.each([[undefined], [null], ['text'], [5], [[]], [{}]])('is refused and never thrown at us: %j', (plan) => {
    expect(problems(plan)).not.toEqual([]);
  });

  it('never repeats a value, which could be a secret in the wrong place', () => {
    const secret = 'a-secret-in-the-wrong-place!';
    const told = ['release', 'limits.auditLag', 'rollout.safePercent', 'apiVersion', 'controls.on-call.evidence']
      .flatMap((path) => problems(planWith(path, secret)))
      .join('\n');
    expect(told.split('\n')).toHaveLength(5);
    expect(told).not.toContain(secret);
  });
});

describe('the bounds of the runbook', () => {
  it.each([
    ['rollout.lowTraffic.percent', [5, 10], [4, 11, 5.5]],
    ['rollout.lowTraffic.hold', ['30m', '1d'], ['29m59s', '1d1s']],
    ['rollout.safePercent', [0, 4], [-1, 5]],
    ['rollout.postLaunch', ['24h', '7d'], ['23h59m59s', '7d1s']],
    ['rollout.sampleEvery', ['1s', '1m'], ['999ms', '61s']],
    ['rollout.extendAtMost', ['0s', '4h'], ['4h1s']],
    ['limits.auditLag', ['1s', '2m'], ['999ms', '121s']],
    ['limits.haltToDeny', ['1s', '1m'], ['999ms', '61s']],
    ['limits.minimumRequests', [20], [19]],
    ['limits.errorShare', [0.001, 0.009], [0, -0.1]],
    ['limits.detectableErrorShare', [0.006, 0.99], [0.005, 1]],
    ['gates.begin-traffic.within', ['5m', '30d'], ['4m59s', '31d']],
    ['gates.increase-traffic.approvals', [1, 10], [0, 11, 1.5]],
    ['patience.blocked', ['5m', '30d'], ['4m59s', '31d']],
    ['denyReview.sample', [1, 500], [0, 501]],
    ['clock.speed', [1, 10_000], [0.5, 10_001]],
  ])('hold %s to its range', (path, inside, outside) => {
    expect(inside.flatMap((value) => problems(planWith(path, value)))).toEqual([]);
    expect(outside.map((value) => problems(planWith(path, value)))).toEqual(
      outside.map(() => [expect.stringMatching(new RegExp(`^${path}: `))]),
    );
  });

  it.each([
    ['2h', ['10m', '10m', '100m'], []],
    ['4h', ['1h', '1h', '2h'], []],
    ['a second less than 2h', ['40m', '40m', '39m59s'], ['rollout.ramp: the holds must add up to between 2h and 4h']],
    ['a second more than 4h', ['1h', '1h', '2h1s'], ['rollout.ramp: the holds must add up to between 2h and 4h']],
  ])('judge a ramp of %s', (_sum, holds, expected) => {
    const ramp = [25, 50, 100].map((percent, index) => ({ percent, hold: holds[index] }));
    expect(problems(planWith('rollout.ramp', ramp))).toEqual(expected);
  });

  it.each([
    ['a stage left out', [25, 100]],
    ['a stage more', [25, 50, 75, 100]],
    ['another share', [25, 60, 100]],
    ['another order', [50, 25, 100]],
  ])('refuse a ramp with %s', (_what, percents) => {
    const ramp = percents.map((percent) => ({ percent, hold: '1h' }));
    expect(problems(planWith('rollout.ramp', ramp))).not.toEqual([]);
  });

  it('refuse a stage of the ramp that is over in no time', () => {
    const ramp = [25, 50, 100].map((percent) => ({ percent, hold: percent === 25 ? '9m59s' : '1h' }));
    expect(problems(planWith('rollout.ramp', ramp))).toEqual(['rollout.ramp.0.hold: must lie between 10m and 4h']);
  });
});

describe('what must fit together', () => {
  it('latencies rise from p50 to p99', () => {
    expect(problems(planWith('limits.latencyMs', { p50: 60, p95: 50, p99: 400 }))).toEqual([
      'limits.latencyMs: must rise from p50 to p99',
    ]);
  });

  it('the share of allowed decisions has room between its ends', () => {
    expect(problems(planWith('limits.allowShare', { min: 0.9, max: 0.9 }))).toEqual([
      'limits.allowShare: min must be less than max',
    ]);
  });

  it('an error share that could not be told from the limit is refused', () => {
    expect(problems(planWith('limits.detectableErrorShare', 0.005))).toEqual([
      'limits.detectableErrorShare: must be greater than errorShare',
    ]);
  });

  it.each([
    [
      'has no version to roll back to',
      { active: { a: 'v2' }, previous: {} },
      'policy.previous: must name a policy pack',
    ],
    [
      'would be rolled back to itself',
      { active: { a: 'v2' }, previous: { a: 'v2' } },
      'policy.previous.a: is the same as the active version',
    ],
    [
      'has only one of its packs to roll back to',
      { active: { a: 'v2', b: 'v2' }, previous: { a: 'v1' } },
      'policy.previous.b: is missing: nothing to roll back to',
    ],
    [
      'would bring back a pack that is gone',
      { active: { a: 'v2' }, previous: { a: 'v1', b: 'v1' } },
      'policy.active.b: is missing but has a previous version',
    ],
  ])('a policy that %s is refused', (_what, policy, problem) => {
    expect(problems(examplePlan({ policy }))).toContain(problem);
  });
});

describe('the people at a gate', () => {
  const gateOf = (from: object) => planWith('gates.begin-traffic', { approvals: 2, from, within: '72h' });
  const tooFew = ['gates.begin-traffic.from.people: must name at least 2 people other than the requester'];

  it.each(otherSpellings('ana@acme.example'))('are not enough with the requester spelled %j', (requester) => {
    expect(problems(gateOf({ people: ['ben@acme.example', requester] }))).toEqual(tooFew);
  });

  it.each(otherSpellings('ben@acme.example'))('are not enough with one of them again as %j', (again) => {
    expect(problems(gateOf({ people: ['ben@acme.example', again] }))).toEqual(tooFew);
  });

  it('are enough when two others are named', () => {
    expect(problems(gateOf({ people: ['ana@acme.example', 'ben@acme.example', 'chi@acme.example'] }))).toEqual([]);
  });

  it('cannot be counted in a group, so a group will do', () => {
    expect(problems(gateOf({ groups: ['platform-oncall'] }))).toEqual([]);
  });

  it.each([[{}], [{ people: [] }], [{ people: [], groups: [] }]])('have to be named: %j', (from) => {
    expect(problems(gateOf(from))).toContain('gates.begin-traffic.from: must name people or groups');
  });
});
