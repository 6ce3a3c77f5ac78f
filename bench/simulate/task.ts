import type { Plan } from '../../src/domain/plan-schema.ts';
import { guardFor, judgeFor, type JudgeName } from './judges.ts';
import { Random } from './random.ts';
import { runPlan } from './run.ts';
import { scenariosOf, type Scenario } from './scenarios.ts';
import { tallyOf, type Tally } from './tally.ts';

/** Some plans of one scenario before one judge. Plain data: it is what a thread is told. */
export interface Task {
  readonly scenario: string;
  readonly judge: JudgeName;
  /** Numbers of the plans: from the first to before the second. */
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

/** Does tasks for one plan. It keeps the scenarios, whose tables are what takes time to prepare. */
export class Tasks {
  readonly #plan: Plan;
  readonly #scenarios: ReadonlyMap<string, Scenario>;
  readonly #judgeFor: typeof judgeFor;

  constructor(plan: Plan, makeJudge = judgeFor) {
    this.#plan = plan;
    this.#scenarios = new Map(scenariosOf(plan).map((scenario) => [scenario.name, scenario]));
    this.#judgeFor = makeJudge;
  }

  do({ scenario: name, judge, from, to, seed }: Task): Tally {
    const scenario = this.#scenarios.get(name);
    if (scenario === undefined) throw new RangeError(`there is no scenario ${name}`);
    const row = [...this.#scenarios.keys()].indexOf(name);
    const outcomes = Array.from({ length: to - from }, (_, index) => {
      const number = from + index;
      // Every judge sees the same traffic, whatever it draws itself.
      const own = new Random(seed, row, number, 1);
      const soaks = this.#judgeFor(judge, this.#plan, scenario, own);
      const guard = scenario.isWhole && judge === 'golive' ? guardFor(this.#plan) : null;
      return runPlan(scenario, { soaks, guard }, this.#plan.rollout, new Random(seed, row, number, 0));
    });
    return tallyOf(outcomes, scenario.onset);
  }
}
