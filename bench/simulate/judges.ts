import type { Plan } from '../../src/domain/plan-schema.ts';
import { FixedThreshold } from './fixed-threshold.ts';
import type { Judge } from './judge.ts';
import { Product } from './product.ts';
import type { Random } from './random.ts';
import { isHigherAt5Percent, isHigherAt98Percent, RankTest } from './rank-test.ts';
import type { Scenario } from './scenarios.ts';

/** Who judges. After golive, rules that others follow: see docs/statistics.md. */
export const JUDGES = ['golive', 'threshold', 'threshold-of-ten', 'rank-95', 'rank-98'] as const;
export type JudgeName = (typeof JUDGES)[number];

/** How many minutes outside the limits the more patient of the thresholds forgives. */
const FORGIVEN = 9;

/** Who watches over the whole of a plan. */
export function guardFor({ limits, rollout }: Plan): Product {
  return new Product(limits, rollout.sampleEvery);
}

/** A judge for one plan. What it draws itself, it draws from `random`. */
export function judgeFor(name: JudgeName, plan: Plan, { baseline }: Scenario, random: Random): Judge {
  const { limits, rollout } = plan;
  const circumstances = { limits, sampleEvery: rollout.sampleEvery, baseline, random };
  switch (name) {
    case 'golive':
      return new Product(limits, rollout.sampleEvery);
    case 'threshold':
      return new FixedThreshold(circumstances, 0);
    case 'threshold-of-ten':
      return new FixedThreshold(circumstances, FORGIVEN);
    case 'rank-95':
      return new RankTest(circumstances, isHigherAt5Percent);
    case 'rank-98':
      return new RankTest(circumstances, isHigherAt98Percent);
  }
}
