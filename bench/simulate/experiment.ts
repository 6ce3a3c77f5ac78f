import type { Plan } from '../../src/domain/plan-schema.ts';
import { JUDGES, type JudgeName } from './judges.ts';
import { scenariosOf, type Group } from './scenarios.ts';
import { addTallies, type Tally } from './tally.ts';
import type { Task } from './task.ts';

/** One scenario before every judge that it is for. */
export interface Row {
  readonly scenario: string;
  readonly group: Group;
  readonly tallies: Partial<Record<JudgeName, Tally>>;
}

/** Plans of a task: small enough for threads to end together, large enough to be worth the message. */
const PLANS_PER_TASK = 100;

/** Fewer windows could not show that at most one in ten passes, and they are over at once. */
const FEWEST_BARELY_SEEN = 3000;
/** What is only shown needs fewer plans than what a bar depends on, but not fewer than these. */
const FEWEST = 20;

/** How many plans of a group a judge gets. What the others do is shown where it is compared. */
function plansFor(group: Group, judge: JudgeName, plans: number): number {
  const isOurs = judge === 'golive';
  switch (group) {
    case 'healthy':
      return isOurs ? plans : Math.max(FEWEST, Math.ceil(plans / 50));
    case 'barely-seen':
      return isOurs ? Math.max(FEWEST_BARELY_SEEN, plans) : 0;
    case 'correlated':
      return isOurs ? Math.max(FEWEST, Math.ceil(plans / 10)) : 0;
    case 'broken':
    case 'late':
      return Math.max(FEWEST, Math.ceil(plans / 50));
  }
}

/** Everything there is to do. */
export function tasksOf(plan: Plan, { plans, seed }: { plans: number; seed: number }): Task[] {
  return scenariosOf(plan).flatMap(({ name, group }) =>
    JUDGES.flatMap((judge) => {
      const all = plansFor(group, judge, plans);
      return Array.from({ length: Math.ceil(all / PLANS_PER_TASK) }, (_, index) => {
        const from = index * PLANS_PER_TASK;
        return { scenario: name, judge, from, to: Math.min(all, from + PLANS_PER_TASK), seed };
      });
    }),
  );
}

/** The table of what the tasks brought, in the order of the scenarios. */
export function rowsOf(plan: Plan, done: readonly { readonly task: Task; readonly tally: Tally }[]): Row[] {
  return scenariosOf(plan).map(({ name, group }) => ({
    scenario: name,
    group,
    tallies: Object.fromEntries(
      JUDGES.flatMap((judge) => {
        const [first, ...others] = done.filter(({ task }) => task.scenario === name && task.judge === judge);
        return first === undefined
          ? []
          : [[judge, others.reduce((sum, { tally }) => addTallies(sum, tally), first.tally)]];
      }),
    ),
  }));
}
