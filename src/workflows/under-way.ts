import { ActivityFailure, CancellationScope, CancelledFailure, sleep } from '@temporalio/workflow';
import type { FailureCode } from '../domain/failure-codes.ts';
import { labelOf } from '../domain/labels.ts';
import type { StepId } from '../domain/plan.ts';
import { problemOf } from './calls.ts';

/** By then whoever was asked has acted or forgotten. A lost call hears with its next sign of life that it must ask for nothing more. */
const LATE = 30_000;
/** Said by whoever has looked and did not ask, so that nothing can come of it. */
const NOT_ASKED: readonly FailureCode[] = ['NotApproved', 'TrafficMoved', 'TrafficNeedsHands'];

/** The calls of a story that have not ended. An undo comes after its deed, and the seal after the last fact. */
export class UnderWay {
  readonly #calls = new Set<Promise<void>>();

  /**
   * A call of the story. It is remembered until it has ended, however it does; and once the story was stopped its answer
   * counts no more, so that nothing goes on from there.
   */
  async doing<T>(call: Promise<T>): Promise<T> {
    const scope = CancellationScope.current();
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    if (scope.cancellable) this.#calls.add(ended);
    await ended;
    this.#calls.delete(ended);
    if (scope.consideredCancelled) throw new CancelledFailure('stopped');
    return call;
  }

  /**
   * A call that changes something. One that ends without an answer may have been asked for, and whoever was asked can be slow: what
   * takes the change back waits until it cannot be made any more.
   */
  async deed<T>(step: StepId, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!isAnswer(error)) this.suspect(labelOf(step, 'until a late change would be over'));
      throw error;
    }
  }

  /**
   * Somebody has asked for something, and nobody will hear of its answer: for a while yet it may take effect, and so long it is
   * waited for as the story's own calls are. `label`: what the wait is for.
   */
  suspect(label: string): void {
    const over = CancellationScope.nonCancellable(() => sleep(LATE, { summary: label }));
    this.#calls.add(over);
    void over.then(() => this.#calls.delete(over));
  }

  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  /** Resolves when no call of the story is under way any more. */
  async quiet(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all(this.#calls);
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof ActivityFailure && NOT_ASKED.some((code) => code === problemOf(error).code);
}
