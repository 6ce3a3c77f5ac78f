import { describe, expect, it } from 'vitest';
import { rowsOf, tasksOf } from '../../bench/simulate/experiment.ts';
import { judgeFor, JUDGES } from '../../bench/simulate/judges.ts';
import { parseOptions } from '../../bench/simulate/options.ts';
import { Product } from '../../bench/simulate/product.ts';
import { tablesOf } from '../../bench/simulate/report.ts';
import { Random } from '../../bench/simulate/random.ts';
import { resultsOf } from '../../bench/simulate/results.ts';
import { runPlan } from '../../bench/simulate/run.ts';
import { scenariosOf } from '../../bench/simulate/scenarios.ts';
import { Tasks } from '../../bench/simulate/task.ts';
import { stretchesOf, type Window } from '../../bench/simulate/windows.ts';
import { PLAN } from './plan.ts';

const SEED = 1;
console.info(`simulated with seed ${SEED}`);

const tasks = new Tasks(PLAN);

/** One plan of each scenario before golive, and of the short ones before every judge, in this thread. */
function tableFor(seed: number): string {
  const size = { plans: 1, seed };
  const isShort = (name: string) => scenariosOf(PLAN).some((it) => it.name === name && it.group === 'broken');
  const firstPlans = tasksOf(PLAN, size)
    .filter(({ from, judge, scenario }) => from === 0 && (judge === 'golive' || isShort(scenario)))
    .map((task) => ({ ...task, to: 1 }));
  return tablesOf(
    resultsOf(
      size,
      rowsOf(
        PLAN,
        firstPlans.map((task) => ({ task, tally: tasks.do(task) })),
      ),
    ),
  );
}

const healthyPlans = (scenario: string, plans: number, make = judgeFor) => {
  const task = { scenario, judge: 'golive' as const, from: 0, to: plans, seed: SEED };
  const tally = new Tasks(PLAN, make).do(task);
  const results = resultsOf({ plans, seed: SEED }, [{ scenario, group: 'healthy', tallies: { golive: tally } }]);
  return results.bars[0];
};

describe('the simulated plan', () => {
  it('lasts 29 hours, with the soaks of the plan and a shift of the guard for every hour', () => {
    const stretches = stretchesOf(PLAN);
    expect(stretches.reduce((sum, { length }) => sum + length, 0)).toBe(29 * 3_600_000);
    const soaks = stretches.filter(({ kind }) => kind === 'soak');
    expect(soaks.map(({ percent, length, begun }) => [percent, length / 60_000, begun])).toEqual([
      [5, 30, 1],
      [25, 40, 4],
      [50, 40, 6],
      [100, 40, 8],
      [100, 1440, 9],
    ]);
  });

  it('is judged in as many windows, each with its own part of the budget', () => {
    const windows: Window[] = [];
    const begin = (window: Window) => void windows.push(window);
    const passing = { begin, goOn: begin, stops: () => false, missing: () => 0 };
    const [scenario] = scenariosOf(PLAN);
    if (scenario === undefined) throw new Error('there are no scenarios');
    runPlan(scenario, { soaks: passing, guard: passing }, PLAN.rollout, new Random(SEED));
    expect(windows.map(({ ordinal }) => ordinal)).toEqual(windows.map((_, index) => index + 1));
    expect(windows).toHaveLength(5 + 29 + 1);
  });

  it('goes through scenarios that all have their own name', () => {
    const names = scenariosOf(PLAN).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the simulation', () => {
  it('shows the same table for the same seed, and another one for another', () => {
    const table = tableFor(SEED);
    expect(tableFor(SEED)).toBe(table);
    expect(
      tableFor(SEED + 1)
        .split('\n')
        .slice(1),
    ).not.toEqual(table.split('\n').slice(1));
  });

  it('shows each of 300 healthy plans go through', () => {
    expect(healthyPlans('well inside its limits', 300)).toMatchObject({ share: 0, limit: 0.01, state: 'met' });
  });

  it('can fail: without a split budget more than one plan in a hundred is stopped', () => {
    const spendthrift: typeof judgeFor = () => new Product(PLAN.limits, PLAN.rollout.sampleEvery, () => 0.4);
    const bar = healthyPlans('exactly at every limit', 25, spendthrift);
    expect(bar?.share).toBeGreaterThan(0.01);
    expect(bar?.state).toBe('missed');
  });

  it('does not call a bar met that too few plans could not show', () => {
    expect(healthyPlans('well inside its limits', 100)).toMatchObject({ share: 0, state: 'not shown' });
  });

  it('shows every judge the same plans', () => {
    for (const judge of JUDGES) {
      const task = { scenario: 'six in ten fail, at 100 %', judge, from: 3, to: 5, seed: SEED };
      expect(tasks.do(task)).toMatchObject({ plans: 2, stopped: 2, held: 0, passed: 0, early: 0 });
    }
  });
});

describe('the command line', () => {
  it.each([
    [[], { kind: 'simulate', json: false, plans: 10_000, seed: 1 }],
    [['--plans', '300', '--seed', '7', '--json'], { kind: 'simulate', json: true, plans: 300, seed: 7 }],
    [['--help'], { kind: 'help' }],
    [['--plans', '0'], undefined],
    [['--plans', 'many'], undefined],
    [['--seed', '-1'], undefined],
    [['--quick'], undefined],
    [['plans'], undefined],
  ])('reads %j', (args, options) => {
    expect(parseOptions(args)).toEqual(options);
  });
});
