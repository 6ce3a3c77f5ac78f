import { CancellationScope, CancelledFailure, sleep } from '@temporalio/workflow';
import { labelOf } from '../domain/labels.ts';

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

  /** Somebody else's calls may be under way for so many milliseconds yet: they are waited for as the story's own are. */
  suspect(milliseconds: number): void {
    const over = sleep(milliseconds, { summary: labelOf('guardian', 'until late calls of the lost run are over') });
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
