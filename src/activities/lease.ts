import { AsyncLocalStorage } from 'node:async_hooks';
import { Failure } from './failures.ts';

/**
 * For how long an attempt may take itself for the only one: from its last sign of life, by a clock that nobody sets. Whoever
 * sleeps longer (a machine that was suspended, a process that was stopped) has been taken for dead by then, and another
 * attempt may have done the same and gone on; a change that arrives now would be one that nobody expects any more.
 */
export class Lease {
  readonly #milliseconds: number;
  #renewedAt = performance.now();

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  get isHeld(): boolean {
    return performance.now() - this.#renewedAt < this.#milliseconds;
  }

  /** A sign of life that comes too late renews nothing: what is lost stays lost. */
  renew(): void {
    if (this.isHeld) this.#renewedAt = performance.now();
  }
}

const leases = new AsyncLocalStorage<Lease>();

/** Acts under a lease: {@link requireLease} holds everything within against it. */
export function underLease<T>(lease: Lease, act: () => T): T {
  return leases.run(lease, act);
}

/**
 * Right before a change is asked for, or evidence kept. Without a lease there is nobody else who could be at it.
 * @throws `Overslept` when another attempt may have taken over
 */
export function requireLease(): void {
  if (leases.getStore()?.isHeld === false) {
    throw new Failure('Overslept', 'this attempt slept for too long, another one may have taken its place');
  }
}
