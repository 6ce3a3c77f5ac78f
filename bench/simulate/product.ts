import type { Limits } from '../../src/domain/plan-schema.ts';
import { alphaOfWindow, NEW_STRETCH_EVERY } from '../../src/metrics/budget.ts';
import type { TrafficLimits } from '../../src/metrics/limited-shares.ts';
import { tripped } from '../../src/metrics/tripwire.ts';
import { breachIn, judgeWatched, type Watched } from '../../src/metrics/watched.ts';
import { NO_MINUTES } from '../../src/metrics/worst-minute.ts';
import { Counts } from './counts.ts';
import type { Guard } from './judge.ts';
import type { Window } from './windows.ts';

/**
 * golive itself: what a watch calls with every sample and at the end of a window. Only the adding up is done here, in
 * place; a test holds it against `watch`.
 */
export class Product implements Guard {
  readonly #limits: Limits;
  readonly #sampleEvery: number;
  readonly #alphaOf: (ordinal: number) => number;
  #length = 0;
  #alpha = 0;
  #now = 0;
  readonly #seen = new Counts();
  /** The stretches of the newest hour, and when the newer one began. */
  #stretch = 1;
  #older = new Counts();
  #newer = new Counts();
  #newerFrom = 0;

  constructor(limits: Limits, sampleEvery: number, alphaOf = alphaOfWindow) {
    this.#limits = limits;
    this.#sampleEvery = sampleEvery;
    this.#alphaOf = alphaOf;
  }

  goOn({ length, ordinal }: Window): void {
    this.#length = length;
    this.#alpha = this.#alphaOf(ordinal);
  }

  begin(window: Window): void {
    this.goOn(window);
    this.#now = 0;
    this.#stretch = 1;
    this.#newerFrom = 0;
    for (const counts of [this.#seen, this.#older, this.#newer]) counts.clear();
  }

  stops(interval: Counts): boolean {
    this.#add(interval);
    const limits = this.#limits;
    if (mayTrip(interval) && tripped(interval.totals(limits), limits) !== undefined) return true;
    const needed = -Math.log(this.#alpha);
    if (!isBeyond(this.#seen, limits, needed) && !isBeyond(this.#older, limits, needed)) return false;
    return breachIn(this.watched(), limits, this.#alpha) !== undefined;
  }

  missing(): number {
    if (isBeyond(this.#seen, this.#limits, 0)) return this.#sampleEvery;
    const [length, now, limits, alpha] = [this.#length, this.#now, this.#limits, this.#alpha];
    const { verdict, missing } = judgeWatched(this.watched(), {
      length,
      now,
      limits,
      alpha,
      // No router is simulated, so nothing is held against it.
      percent: 100,
    });
    return verdict === 'pass' ? 0 : missing;
  }

  /** As a watch without a gap leaves it. */
  watched(): Watched {
    const [now, every] = [this.#now, this.#sampleEvery];
    const coverage = { from: 0, every, last: now, samples: now / every + 1, observed: now, standstill: 0 };
    const older = { from: this.#newerFrom - NEW_STRETCH_EVERY, totals: this.#older.totals(this.#limits) };
    return {
      piece: { totals: this.#seen.totals(this.#limits), coverage: { ...coverage, largestGap: every } },
      before: 0,
      gaps: [],
      minutes: NO_MINUTES,
      newestHour: { ordinal: this.#stretch, older },
    };
  }

  #add(interval: Counts): void {
    for (const counts of [this.#seen, this.#older, this.#newer]) counts.add(interval);
    this.#now += this.#sampleEvery;
    if (this.#now - this.#newerFrom < NEW_STRETCH_EVERY) return;
    if (this.#newerFrom > 0) {
      this.#stretch += 1;
      [this.#older, this.#newer] = [this.#newer, this.#older];
    }
    this.#newer.clear();
    this.#newerFrom = this.#now;
  }
}

/**
 * Whether it is worth asking the tripwire, which no sample trips in which these shares are moderate. Of a billion samples
 * nearly all are, and to ask about each would take most of the time.
 */
export function mayTrip({ requests, errors, allowed, slowerThanP99 }: Counts): boolean {
  const decided = requests - errors;
  return errors * 3 > requests || slowerThanP99 * 3 > requests || allowed === 0 || allowed === decided;
}

/**
 * Whether a share lies beyond its bound by at least this many squared standard deviations. With 0, no window passes. With
 * less than -ln(alpha) there is no breach: the evidence is at most the divergence from the bound, and that is at most the
 * squared deviation (chi-square bounds Kullback-Leibler).
 */
export function isBeyond(seen: Counts, { errorShare, allowShare }: TrafficLimits, deviation: number): boolean {
  const { requests, errors, allowed } = seen;
  const decided = requests - errors;
  return (
    isAbove(errors, requests, errorShare, deviation) ||
    isAbove(seen.slowerThanP50, requests, 0.5, deviation) ||
    isAbove(seen.slowerThanP95, requests, 0.05, deviation) ||
    isAbove(seen.slowerThanP99, requests, 0.01, deviation) ||
    isAbove(decided - allowed, decided, 1 - allowShare.min, deviation) ||
    isAbove(allowed, decided, allowShare.max, deviation)
  );
}

function isAbove(count: number, of: number, bound: number, deviation: number): boolean {
  const excess = count - bound * of;
  return excess > 0 && excess * excess >= deviation * of * bound * (1 - bound);
}
