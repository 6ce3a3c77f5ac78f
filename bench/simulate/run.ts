import { Counts } from './counts.ts';
import type { Course } from './disturbed-traffic.ts';
import type { Guard, Judge } from './judge.ts';
import type { Random } from './random.ts';
import { requestsPer, type Scenario } from './scenarios.ts';
import { SHIFT, type Stretch, type Window } from './windows.ts';

/** How one plan ended. `held`: nothing stopped it, and a soak did not pass within its extension. */
export type Outcome =
  { readonly kind: 'passed' } | { readonly kind: 'held' } | { readonly kind: 'stopped'; readonly at: number };

export interface Pace {
  /** Milliseconds. */
  readonly sampleEvery: number;
  /** By how much a window may be extended, in milliseconds. */
  readonly extendAtMost: number;
}

/** Who judges a plan: the soaks one after the other and, where there is a guard, whatever happens beside them. */
export interface Judges {
  readonly soaks: Judge;
  readonly guard: Guard | null;
}

/** Puts one plan through a scenario. After a soak that is held somebody decides to go on, and the next one begins. */
export function runPlan(scenario: Scenario, judges: Judges, pace: Pace, random: Random): Outcome {
  const simulated = new SimulatedPlan(scenario, judges, pace, random);
  let isHeld = false;
  for (const stretch of scenario.stretches) {
    const end = simulated.watch(stretch);
    if (end === 'stopped') return { kind: 'stopped', at: simulated.at };
    if (end === 'held') isHeld = true;
  }
  return { kind: isHeld ? 'held' : 'passed' };
}

class SimulatedPlan {
  /** Milliseconds since the plan began. */
  at = 0;
  readonly #scenario: Scenario;
  readonly #soaks: Judge;
  readonly #guard: Guard | null;
  readonly #pace: Pace;
  readonly #random: Random;
  readonly #course: Course;
  readonly #interval = new Counts();
  #begun: number;
  #shiftEnds = 0;

  constructor(scenario: Scenario, { soaks, guard }: Judges, pace: Pace, random: Random) {
    this.#scenario = scenario;
    this.#soaks = soaks;
    this.#guard = guard;
    this.#begun = guard === null ? (scenario.stretches[0]?.begun ?? 0) : 0;
    this.#pace = pace;
    this.#random = random;
    this.#course = scenario.course(random);
  }

  watch({ kind, percent, length: planned }: Stretch): Outcome['kind'] {
    this.#beginShift();
    // Where there is no guard, whoever judges the soaks watches in between as well.
    const judge = kind === 'wait' && this.#guard !== null ? null : this.#soaks;
    judge?.begin(this.#nextWindow(planned));
    let mayExtend = this.#pace.extendAtMost;
    for (let length = planned; ;) {
      if (this.#isStoppedWithin(length, percent, judge)) return 'stopped';
      const missing = kind === 'soak' ? this.#soaks.missing() : 0;
      if (missing === 0) return 'passed';
      length = Math.min(missing, mayExtend);
      if (length < this.#pace.sampleEvery) return 'held';
      mayExtend -= length;
    }
  }

  #nextWindow(length: number): Window {
    this.#begun += 1;
    return { length, ordinal: this.#begun };
  }

  #beginShift(): void {
    if (this.at < this.#shiftEnds || this.#guard === null) return;
    this.#guard.goOn(this.#nextWindow(SHIFT));
    this.#shiftEnds = this.at + SHIFT;
  }

  #isStoppedWithin(length: number, percent: number, judge: Judge | null): boolean {
    const { sampleEvery } = this.#pace;
    const end = this.at + length;
    while (this.at + sampleEvery <= end) {
      const requests = requestsPer(sampleEvery, percent, this.#scenario.load(this.at));
      this.#interval.clear();
      this.#course(this.at).happen(requests, this.#interval, this.#random);
      this.at += sampleEvery;
      const isStopped = judge?.stops(this.#interval) ?? false;
      if (isStopped || (this.#guard?.stops(this.#interval) ?? false)) return true;
      this.#beginShift();
    }
    return false;
  }
}
