import type { Counts } from './counts.ts';
import { CountOf } from './distribution.ts';
import type { Random } from './random.ts';

/** How the requests of a service turn out: shares between 0 and 1. */
export interface Shares {
  readonly errors: number;
  /** Of those that were decided. */
  readonly allowed: number;
  /** Slower than the plan's bounds; each includes the next. */
  readonly slower: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** What happens in one interval between two samples. */
export interface Traffic {
  /** Adds what becomes of so many requests. */
  happen(requests: number, counts: Counts, random: Random): void;
}

/** Traffic of fixed shares. With a correlation, the requests of one interval resemble each other. */
export class SteadyTraffic implements Traffic {
  readonly #errors: CountOf;
  readonly #allowed: CountOf;
  readonly #p50: CountOf;
  readonly #p95: CountOf;
  readonly #p99: CountOf;

  constructor({ errors, allowed, slower: { p50, p95, p99 } }: Shares, correlation = 0) {
    this.#errors = new CountOf(errors, correlation);
    this.#allowed = new CountOf(allowed, correlation);
    this.#p50 = new CountOf(p50, correlation);
    this.#p95 = new CountOf(p95 / p50, correlation);
    this.#p99 = new CountOf(p99 / p95, correlation);
  }

  happen(requests: number, counts: Counts, random: Random): void {
    const errors = this.#errors.draw(requests, random);
    const slow = this.#p50.draw(requests, random);
    const slower = this.#p95.draw(slow, random);
    counts.requests += requests;
    counts.errors += errors;
    counts.allowed += this.#allowed.draw(requests - errors, random);
    counts.slowerThanP50 += slow;
    counts.slowerThanP95 += slower;
    counts.slowerThanP99 += this.#p99.draw(slower, random);
  }
}
