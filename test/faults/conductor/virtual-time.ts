import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/common';

/** What a call of an activity comes to, and after how many milliseconds. */
export interface Reply {
  readonly after: number;
  readonly result: () => unknown;
}

/** Whoever answers the calls of a workflow: throws or returns in `result` what the call came to. */
export type Oracle = (activity: string, args: readonly unknown[], isRelieved: Promise<void>) => Reply;

type Handler = (...args: unknown[]) => unknown;

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
}

interface Waiting {
  readonly isSo: () => boolean;
  readonly resolve: () => void;
}

/** One workflow in a time of its own: nothing happens by itself, and no time passes but from one event to the next. */
export class Universe {
  readonly handlers = new Map<string, Handler>();
  readonly oracle: Oracle;
  #now: number;
  #order = 0;
  #alarms: readonly Alarm[] = [];
  readonly #waiting = new Set<Waiting>();

  readonly #setClock: (now: number) => void;

  /** @param setClock sets what the clock of the process says, in epoch milliseconds */
  constructor(oracle: Oracle, now: number, setClock: (now: number) => void) {
    this.oracle = oracle;
    this.#now = now;
    this.#setClock = setClock;
    setClock(now);
  }

  get now(): number {
    return this.#now;
  }

  /** A number that no other event of this universe has. */
  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  /** Rings once so many milliseconds have passed; the answer takes it back. */
  alarm(milliseconds: number, ring: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, milliseconds), order: this.nextOrder(), ring };
    this.#alarms = [...this.#alarms, alarm];
    return () => {
      this.#alarms = this.#alarms.filter((it) => it !== alarm);
    };
  }

  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /** Lets everything happen that can happen now. */
  async settle(): Promise<void> {
    do await turn();
    while (this.#wake());
  }

  /** Lets time pass until the next alarm. Answers whether there was one. */
  async step(): Promise<boolean> {
    const next = this.#alarms.toSorted((one, other) => one.at - other.at || one.order - other.order)[0];
    if (next === undefined) return false;
    this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
    this.#now = next.at;
    this.#setClock(next.at);
    next.ring();
    await this.settle();
    return true;
  }

  #wake(): boolean {
    const ready = [...this.#waiting].filter(({ isSo }) => isSo());
    for (const waiting of ready) {
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
    return ready.length > 0;
  }
}

const universes = new AsyncLocalStorage<Universe>();
const scopes = new AsyncLocalStorage<CancellationScope>();

export function within<T>(universe: Universe, act: () => T): T {
  return universes.run(universe, () => scopes.run(new CancellationScope({ parent: null }), act));
}

export function here(): Universe {
  const universe = universes.getStore();
  if (universe === undefined) throw new Error('this is outside of every universe');
  return universe;
}

interface ScopeOptions {
  readonly cancellable?: boolean;
  readonly parent?: CancellationScope | null;
}

/** As the SDK's: a request goes down the tree, and what is not cancellable shields what is below. */
export class CancellationScope {
  readonly cancellable: boolean;
  readonly cancelRequested: Promise<never>;
  #isRequested = false;
  #request: (why: Error) => void = () => undefined;

  constructor({ cancellable = true, parent = scopes.getStore() ?? null }: ScopeOptions = {}) {
    this.cancellable = cancellable;
    this.cancelRequested = new Promise((_, reject) => {
      this.#request = (why) => {
        this.#isRequested = true;
        reject(why);
      };
    });
    this.cancelRequested.catch(() => undefined);
    if (parent === null) return;
    if (parent.consideredCancelled) this.#isRequested = true;
    parent.cancelRequested.catch((why: Error) => {
      if (parent.cancellable) this.#request(why);
    });
  }

  get consideredCancelled(): boolean {
    return this.#isRequested && this.cancellable;
  }

  cancel(): void {
    this.#request(new CancelledFailure('Cancellation scope cancelled'));
  }

  run<T>(act: () => Promise<T>): Promise<T> {
    return scopes.run(this, act);
  }

  static current(): CancellationScope {
    const scope = scopes.getStore();
    if (scope === undefined) throw new Error('this is outside of every scope');
    return scope;
  }

  static nonCancellable<T>(act: () => Promise<T>): Promise<T> {
    return new CancellationScope({ cancellable: false }).run(act);
  }
}
