import { Counts } from './counts.ts';
import type { Course } from './disturbed-traffic.ts';
import type { Judge } from './judge.ts';
import type { Random } from './random.ts';
import { requestsPer, type Scenario } from './scenarios.ts';
import type { Window } from './windows.ts';

/** How one plan ended. `held`: nothing stopped it, and a soak did not pass within its extension. */
export type Outcome =
  { readonly kind: 'passed' } | { readonly kind: 'held' } | { readonly kind: 'stopped'; readonly at: number };

export interface Pace {
  /** Milliseconds. */
  readonly sampleEvery: number;
  /** By how much a window may be extended, in milliseconds. */
  readonly extendAtMost: number;
}

/** Puts one plan through a scenario. After a soak that is held somebody decides to go on, and the next one begins. */
export function runPlan(scenario: Scenario, judge: Judge, pace: Pace, random: Random): Outcome {
  const simulated = new SimulatedPlan(scenario, judge, pace, random);
  let isHeld = false;
  for (const window of scenario.windows) {
    const end = simulated.watch(window);
    if (end === 'stopped') return { kind: 'stopped', at: simulated.at };
    if (end === 'held') isHeld = true;
  }
  return { kind: isHeld ? 'held' : 'passed' };
}

class SimulatedPlan {
  /** Milliseconds since the plan began. */
  at = 0;
  readonly #scenario: Scenario;
  readonly #judge: Judge;
  readonly #pace: Pace;
  readonly #random: Random;
  readonly #course: Course;
  readonly #interval = new Counts();

  constructor(scenario: Scenario, judge: Judge, pace: Pace, random: Random) {
    this.#scenario = scenario;
    this.#judge = judge;
    this.#pace = pace;
    this.#random = random;
    this.#course = scenario.course(random);
  }

  watch(window: Window): Outcome['kind'] {
    this.#judge.begin(window);
    let mayExtend = this.#pace.extendAtMost;
    for (let length = window.length; ;) {
      if (this.#isStoppedWithin(length, window.percent)) return 'stopped';
      const missing = window.kind === 'soak' ? this.#judge.missing() : 0;
      if (missing === 0) return 'passed';
      length = Math.min(missing, mayExtend);
      if (length < this.#pace.sampleEvery) return 'held';
      mayExtend -= length;
    }
  }

  #isStoppedWithin(length: number, percent: number): boolean {
    const { sampleEvery } = this.#pace;
    const end = this.at + length;
    while (this.at + sampleEvery <= end) {
      const requests = requestsPer(sampleEvery, percent, this.#scenario.load(this.at));
      this.#interval.clear();
      this.#course(this.at).happen(requests, this.#interval, this.#random);
      this.at += sampleEvery;
      if (this.#judge.stops(this.#interval)) return true;
    }
    return false;
  }
}
