import { CancellationScope, condition } from '@temporalio/workflow';
import type { ReadDecision } from '../activities/index.ts';
import type { MessageName } from '../domain/messages.ts';
import type { Answer } from '../domain/receive.ts';

/** A signed message on its way: nothing of it counts before somebody has verified its signature. */
interface Taken {
  readonly name: MessageName;
  readonly token: string;
  /** When it was received, epoch milliseconds. */
  readonly at: number;
  answer: Answer | undefined;
}

/** What becomes of a token, once it was read. */
export type Hearing = (name: MessageName, at: number, read: ReadDecision) => Answer;

type Reader = (sent: readonly Pick<Taken, 'name' | 'token'>[]) => Promise<readonly ReadDecision[]>;

const MOST_WAITING = 200;
const BATCH = 50;
const LARGEST_TOKEN = 8192;
const UNREAD = { ok: false, why: 'the signature could not be verified now: send it again' } as const;

/**
 * Signed messages, read by an activity in the order in which they came, many at a time: a flood of forged ones must not
 * become a flood of calls. What is taken is always answered, also after the run has ended.
 */
export class SignedMessages {
  readonly #hear: Hearing;
  #waiting: Taken[] = [];
  #read: Reader | undefined;

  constructor(hear: Hearing) {
    this.#hear = hear;
    void CancellationScope.nonCancellable(() => this.#work());
  }

  /** From now on there is somebody who can verify a signature. */
  begin(read: Reader): void {
    this.#read = read;
  }

  /** Resolves with what its sender is told. */
  async take(name: MessageName, token: string): Promise<Answer> {
    const at = Date.now();
    const refused = (why: string) => this.#hear(name, at, { ok: false, why });
    if (token.length > LARGEST_TOKEN) return refused('the token is too large');
    if (this.#waiting.length >= MOST_WAITING) return refused('too many decisions at once: send it again in a minute');
    const taken: Taken = { name, token, at, answer: undefined };
    this.#waiting.push(taken);
    await CancellationScope.nonCancellable(() => condition(() => taken.answer !== undefined));
    return taken.answer ?? refused(UNREAD.why);
  }

  async #work(): Promise<never> {
    for (;;) {
      await condition(() => this.#read !== undefined && this.#waiting.length > 0);
      const batch = this.#waiting.slice(0, BATCH);
      const read = await this.#readAll(batch);
      batch.forEach((taken, index) => {
        taken.answer = this.#hear(taken.name, taken.at, read[index] ?? UNREAD);
      });
      this.#waiting = this.#waiting.slice(batch.length);
    }
  }

  async #readAll(batch: readonly Taken[]): Promise<readonly ReadDecision[]> {
    try {
      return (await this.#read?.(batch.map(({ name, token }) => ({ name, token })))) ?? [];
    } catch {
      return [];
    }
  }
}
