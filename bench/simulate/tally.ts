import type { Outcome } from './run.ts';

/** What became of many plans. Plain data: it comes back from threads. */
export interface Tally {
  readonly plans: number;
  readonly stopped: number;
  readonly held: number;
  readonly passed: number;
  /** Milliseconds from the onset to each stop; a stop before it counts among `early`. */
  readonly delays: readonly number[];
  readonly early: number;
}

export function tallyOf(outcomes: readonly Outcome[], onset: number): Tally {
  const stops = outcomes.flatMap((outcome) => (outcome.kind === 'stopped' ? [outcome.at - onset] : []));
  return {
    plans: outcomes.length,
    stopped: stops.length,
    held: outcomes.filter(({ kind }) => kind === 'held').length,
    passed: outcomes.filter(({ kind }) => kind === 'passed').length,
    delays: stops.filter((delay) => delay > 0),
    early: stops.filter((delay) => delay <= 0).length,
  };
}

export function addTallies(one: Tally, other: Tally): Tally {
  return {
    plans: one.plans + other.plans,
    stopped: one.stopped + other.stopped,
    held: one.held + other.held,
    passed: one.passed + other.passed,
    delays: [...one.delays, ...other.delays],
    early: one.early + other.early,
  };
}
