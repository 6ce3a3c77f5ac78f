import type { Plan } from '../../src/domain/plan-schema.ts';
import { wouldHaveSeen } from '../../src/metrics/detectable.ts';
import { bursty, disturbed, drifting, type Course } from './disturbed-traffic.ts';
import { slowerAtScale } from './latency.ts';
import type { Random } from './random.ts';
import { SteadyTraffic, type Shares, type Traffic } from './traffic.ts';
import { stretchesOf, type Stretch } from './windows.ts';

/** What part of the table a scenario belongs to. */
export const GROUPS = ['healthy', 'broken', 'barely-seen', 'correlated', 'late'] as const;
export type Group = (typeof GROUPS)[number];

/** What a plan is put through. */
export interface Scenario {
  readonly name: string;
  readonly group: Group;
  readonly stretches: readonly Stretch[];
  /** Whether it is the whole plan, with a guard beside the soaks. */
  readonly isWhole: boolean;
  /** The traffic of one plan. */
  readonly course: (random: Random) => Course;
  /** Requests of an interval in relation to the usual. */
  readonly load: (at: number) => number;
  /** What those who compare compare with. */
  readonly baseline: Traffic;
  /** From when on a plan ought to be stopped, in milliseconds from its begin. */
  readonly onset: number;
}

/** Requests a second when all traffic goes to the platform. */
export const REQUESTS_PER_SECOND = 100;

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Every scenario, held against the limits of this plan. */
export function scenariosOf(plan: Plan): Scenario[] {
  return [...healthy(plan), ...broken(plan), barelySeen(plan), ...correlated(plan), ...late(plan)];
}

/** How a service does that has nothing to fear: a fifth of the errors allowed, and 0.6 times the latency. */
function usual({ limits }: Plan): Shares {
  return { errors: limits.errorShare / 5, allowed: 0.91, slower: slowerAtScale(0.6, limits) };
}

/** Everything that is limited from above at this part of its bound, and allowed decisions as near to their lower one. */
function atPartOfBounds(part: number, { limits: { errorShare, allowShare } }: Plan): Shares {
  const middle = (allowShare.min + allowShare.max) / 2;
  return {
    errors: part * errorShare,
    allowed: middle - part * (middle - allowShare.min),
    slower: { p50: part * 0.5, p95: part * 0.05, p99: part * 0.01 },
  };
}

function steady(shares: Shares, correlation = 0): Pick<Scenario, 'course' | 'baseline' | 'load' | 'onset'> {
  const traffic = new SteadyTraffic(shares, correlation);
  return { course: () => () => traffic, baseline: traffic, load: () => 1, onset: 0 };
}

function healthy(plan: Plan): Scenario[] {
  const whole = { group: 'healthy', isWhole: true, stretches: stretchesOf(plan) } as const;
  const near = steady(atPartOfBounds(0.9, plan));
  return [
    { name: 'well inside its limits', ...whole, ...steady(usual(plan)) },
    { name: 'at 90 % of every limit', ...whole, ...near },
    { name: 'the same, load by time of day', ...whole, ...near, load: byTimeOfDay },
    { name: 'exactly at every limit', ...whole, ...steady(atPartOfBounds(1, plan)) },
  ];
}

/** Between 40 and 160 % of the usual, hour by hour. */
function byTimeOfDay(at: number): number {
  return 1 + 0.6 * Math.sin((2 * Math.PI * Math.floor(at / HOUR)) / 24);
}

function broken(plan: Plan): Scenario[] {
  const { limits } = plan;
  const fine = usual(plan);
  const erring = (errors: number) => ({ ...fine, errors });
  const slow = (scale: number) => ({ ...fine, slower: slowerAtScale(scale, limits) });
  const troubles = [
    ...[0.01, 0.02, 0.05].map((errors) => ({
      name: `${percent(limits.errorShare)} → ${percent(errors)} errors`,
      from: erring(limits.errorShare),
      to: erring(errors),
    })),
    ...[1.2, 1.5].map((scale) => ({
      name: `p99 + ${percent(scale - 1)}`,
      from: slow(1),
      to: slow(scale),
    })),
    { name: 'everything denied', from: fine, to: { ...fine, allowed: 0 } },
    { name: 'six in ten fail', from: fine, to: erring(0.6) },
  ];
  return soaks(plan).flatMap((soak) =>
    troubles.map(({ name, from, to }) => ({
      ...steady(to),
      name: `${name}, at ${soak.percent} %`,
      group: 'broken' as const,
      isWhole: false,
      stretches: [soak],
      baseline: new SteadyTraffic(from),
    })),
  );
}

/** Half an hour at the lowest and at the highest share, as the plan has them. */
function soaks(plan: Plan): Stretch[] {
  const length = plan.rollout.lowTraffic.hold;
  const all = stretchesOf(plan).filter(({ kind }) => kind === 'soak');
  const [low, full] = [all[0], all.find(({ percent: share }) => share === 100)];
  return [low, full].flatMap((soak) => (soak === undefined ? [] : [{ ...soak, length }]));
}

/** As many requests as a pass needs at least, while the error share is the least one that a pass must not miss. */
function barelySeen(plan: Plan): Scenario {
  const { limits, rollout } = plan;
  const [soak] = soaks(plan);
  if (soak === undefined) throw new RangeError('the plan has no soak');
  const perSample = requestsPer(rollout.sampleEvery, soak.percent);
  let samples = Math.ceil(limits.minimumRequests / perSample);
  while (!wouldHaveSeen(limits.detectableErrorShare, limits.errorShare, samples * perSample)) samples += 1;
  return {
    ...steady({ ...usual(plan), errors: limits.detectableErrorShare }),
    name: `${percent(limits.detectableErrorShare)} errors, ${samples * perSample} requests`,
    group: 'barely-seen',
    isWhole: false,
    stretches: [{ ...soak, length: samples * rollout.sampleEvery }],
  };
}

function correlated(plan: Plan): Scenario[] {
  const whole = { group: 'correlated', isWhole: true, stretches: stretchesOf(plan) } as const;
  const parts = [0.2, 0.5, 0.9];
  return [
    ...[0.001, 0.01].flatMap((correlation) =>
      parts.map((part) => ({
        ...whole,
        ...steady(atPartOfBounds(part, plan), correlation),
        name: `at ${percent(part)} of every limit, correlation ${correlation}`,
      })),
    ),
    ...parts.slice(0, 2).map((part) => ({ ...whole, ...bursts(part, plan) })),
  ];
}

/** Ten times the errors allowed for a minute now and then, and else so few that the mean is this part of the bound. */
function bursts(part: number, plan: Plan): Pick<Scenario, 'name' | 'course' | 'baseline' | 'load' | 'onset'> {
  const { errorShare } = plan.limits;
  const fine = usual(plan);
  const [few, many] = [0.04 * errorShare, 10 * errorShare];
  const quiet = new SteadyTraffic({ ...fine, errors: few });
  const burst = new SteadyTraffic({ ...fine, errors: many });
  const share = (part * errorShare - few) / (many - few);
  const intervals = MINUTE / plan.rollout.sampleEvery;
  return {
    ...steady(fine),
    name: `at ${percent(part)} of the error limit, in bursts of a minute`,
    course: (random) => bursty({ quiet, burst, share, intervals }, random),
  };
}

/** Trouble after twenty good hours of the last watch. */
function late(plan: Plan): Scenario[] {
  const stretches = stretchesOf(plan).filter(({ length }) => length === plan.rollout.postLaunch);
  const fine = usual(plan);
  const onset = 20 * HOUR;
  const rest = plan.rollout.postLaunch - onset;
  const well = new SteadyTraffic(fine);
  const erring = (errors: number) => new SteadyTraffic({ ...fine, errors });
  const from = { ...steady(fine), group: 'late' as const, isWhole: false, stretches, onset };
  const failing = (errors: number, lasting: number) => () => disturbed(well, erring(errors), onset, lasting);
  const steps = Array.from({ length: 60 }, (_, step) => erring(fine.errors + (step / 59) * (0.02 - fine.errors)));
  return [
    { ...from, name: 'four in ten fail for one sample', course: failing(0.4, plan.rollout.sampleEvery) },
    { ...from, name: 'six in ten fail for one sample', course: failing(0.6, plan.rollout.sampleEvery) },
    { ...from, name: 'one in twenty fails for a minute', course: failing(0.05, MINUTE) },
    { ...from, name: 'three in ten fail for a minute', course: failing(0.3, MINUTE) },
    { ...from, name: 'one in twenty fails from then on', course: failing(0.05, rest) },
    { ...from, name: 'errors drift from 0.1 to 2 % in four hours', course: () => drifting(steps, onset, rest) },
  ];
}

/** Requests between two samples. */
export function requestsPer(milliseconds: number, share: number, load = 1): number {
  return Math.round((REQUESTS_PER_SECOND * load * milliseconds * share) / 100_000);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
