import { promiseHooks } from 'node:v8';
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
  readonly #alarms = new Set<Alarm>();
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
    const alarm = { at: this.#now + Math.max(0, milliseconds), ring };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /** Lets everything happen that can happen now. */
  async settle(): Promise<void> {
    do await everythingPending();
    while (this.#wake());
  }

  /** Lets time pass until the next alarm. Answers whether there was one. */
  async step(): Promise<boolean> {
    const next = this.#next();
    if (next === undefined) return false;
    this.#alarms.delete(next);
    this.#now = next.at;
    this.#setClock(next.at);
    next.ring();
    await this.settle();
    return true;
  }

  /** Of those that ring at one moment the first that was set: they are kept in that order. */
  #next(): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) if (next === undefined || alarm.at < next.at) next = alarm;
    return next;
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

/** Resolves once no promise that is settled has anything left to start: a tick comes after all of them, and costs no turn of the loop. */
function everythingPending(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

let universe: Universe | undefined;
let scope: CancellationScope | undefined;

const SCOPE = Symbol('the scope in which a promise came to be');
type Scoped = Promise<unknown> & { [SCOPE]?: CancellationScope | undefined };

/**
 * Lets `act` happen in this universe, of which there is one at a time. Whatever waits for a promise goes on in its own scope; an
 * `AsyncLocalStorage` does the same, and would take as long as all the rest together.
 */
export async function within<T>(place: Universe, act: () => Promise<T>): Promise<T> {
  const forget = promiseHooks.createHook({
    init: (promise: Scoped) => void (promise[SCOPE] = scope),
    before: (promise: Scoped) => void (scope = promise[SCOPE]),
    after: () => void (scope = undefined),
  }) as () => void;
  universe = place;
  try {
    return await new CancellationScope({ parent: null }).run(act);
  } finally {
    universe = undefined;
    forget();
  }
}

function inScope<T>(inner: CancellationScope, act: () => T): T {
  const outer = scope;
  scope = inner;
  try {
    return act();
  } finally {
    scope = outer;
  }
}

export function here(): Universe {
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

  constructor({ cancellable = true, parent = scope ?? null }: ScopeOptions = {}) {
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
    return inScope(this, act);
  }

  static current(): CancellationScope {
    if (scope === undefined) throw new Error('this is outside of every scope');
    return scope;
  }

  static nonCancellable<T>(act: () => Promise<T>): Promise<T> {
    return new CancellationScope({ cancellable: false }).run(act);
  }
}
