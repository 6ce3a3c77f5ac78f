import { FALSE_ALARM_BUDGET, POWER } from '../../src/metrics/budget.ts';
import { quantileOf } from '../statistics.ts';
import { upperBoundOf } from './binomial-bound.ts';
import type { Row } from './experiment.ts';
import type { JudgeName } from './judges.ts';
import type { Group } from './scenarios.ts';
import type { Tally } from './tally.ts';

/** What `npm run simulate -- --json` prints. Shares are between 0 and 1, times in seconds. */
export interface Results {
  readonly seed: number;
  readonly plans: number;
  readonly rows: readonly ResultRow[];
  readonly bars: readonly Bar[];
}

export interface ResultRow {
  readonly scenario: string;
  readonly group: Group;
  readonly judges: Partial<Record<JudgeName, Figures>>;
}

/** What became of the plans of one scenario before one judge. */
export interface Figures {
  readonly plans: number;
  readonly stopped: number;
  readonly held: number;
  readonly passed: number;
  /** Stopped before there was a reason to. */
  readonly early: number;
  /** From the onset of the trouble until half and until nine in ten of all plans were stopped; `null` when never so many. */
  readonly half: number | null;
  readonly nineInTen: number | null;
}

/** A promise: a share of plans that is at most so large. `atMost` is its upper bound, wrong one time in twenty. */
export interface Bar {
  readonly name: string;
  readonly share: number;
  readonly atMost: number;
  readonly limit: number;
  readonly state: 'met' | 'missed' | 'not shown';
}

export function resultsOf({ seed, plans }: { seed: number; plans: number }, rows: readonly Row[]): Results {
  return {
    seed,
    plans,
    rows: rows.map(({ scenario, group, tallies }) => ({
      scenario,
      group,
      judges: Object.fromEntries(Object.entries(tallies).map(([judge, tally]) => [judge, figuresOf(tally)])),
    })),
    bars: rows.flatMap(barOf),
  };
}

function figuresOf({ plans, stopped, held, passed, early, delays }: Tally): Figures {
  const never = Array.from({ length: plans - delays.length }, () => Infinity);
  const seconds = (quantile: number) => {
    const delay = quantileOf([...delays, ...never], quantile);
    return Number.isFinite(delay) ? delay / 1000 : null;
  };
  return {
    plans,
    stopped: stopped / plans,
    held: held / plans,
    passed: passed / plans,
    early: early / plans,
    half: seconds(0.5),
    nineInTen: seconds(0.9),
  };
}

function barOf({ scenario, group, tallies: { golive } }: Row): Bar[] {
  if (golive === undefined) return [];
  if (group === 'healthy') return [bar(`stopped: ${scenario}`, golive.stopped, golive.plans, FALSE_ALARM_BUDGET)];
  if (group === 'barely-seen') return [bar(`passed: ${scenario}`, golive.passed, golive.plans, 1 - POWER)];
  return [];
}

function bar(name: string, count: number, plans: number, limit: number): Bar {
  const [share, atMost] = [count / plans, upperBoundOf(count, plans)];
  return { name, share, atMost, limit, state: atMost <= limit ? 'met' : share > limit ? 'missed' : 'not shown' };
}
