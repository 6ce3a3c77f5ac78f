import type { ReadDecision, Scope } from '../activities/index.ts';
import type { Desk } from '../domain/desk.ts';
import { labelOf } from '../domain/labels.ts';
import type { MessageName } from '../domain/messages.ts';
import { messageOf, receive, refuse, tokenIn, type Answer } from '../domain/receive.ts';
import type { Digest } from '../domain/verdict.ts';
import { verifying } from './calls.ts';
import type { Run } from './run.ts';
import { SignedMessages } from './signed-messages.ts';

type Heard = ReturnType<typeof receive>;

const REFUSALS_TOLD = 50;

/** Every message to a run: it is heard by one pure function, and what became of it is kept. */
export class Mail {
  readonly #run: Run;
  readonly #signed = new SignedMessages((name, at, read) => this.#hearSigned(name, at, read));

  constructor(run: Run) {
    this.#run = run;
  }

  /** Once the plan is admitted signatures can be held against somebody's keys; what came before has waited for that. */
  open(scope: Scope): void {
    this.#signed.begin((decisions) =>
      verifying(labelOf('signatures', `verify ${decisions.length}`)).readDecisions(scope, { decisions }),
    );
  }

  /** A token waits until its signature was verified; everything else is heard at once. */
  receive(name: MessageName, args: readonly unknown[]): Answer | Promise<Answer> {
    const token = tokenIn(args);
    const mayBeSigned = this.#desk.trust !== 'namespace';
    return token !== undefined && mayBeSigned ? this.#signed.take(name, token) : this.#hear(name, args);
  }

  #hear(name: MessageName, args: readonly unknown[]): Answer {
    return this.#keep(name, args[0], null, receive(this.#desk, { name, args, at: Date.now() }));
  }

  #hearSigned(name: MessageName, at: number, read: ReadDecision): Answer {
    if (!read.ok) return this.#keep(name, null, null, refuse(this.#desk, { name, by: 'unknown', at, why: read.why }));
    const { decision, groups } = read;
    const said = messageOf(read, name);
    const message = { name, args: [said], at, signature: { decision, groups } };
    return this.#keep(name, said, decision, receive(this.#desk, message));
  }

  #keep(name: MessageName, said: unknown, decision: Digest | null, { desk, answer }: Heard): Answer {
    const { by, counted, text } = answer;
    const refused = desk.refusals.count;
    const isNews = counted ? changes(this.#desk, desk) : isTold(refused);
    this.#run.change({ desk });
    if (isNews)
      this.#run.record('message', { name, by, counted, text, said: counted ? said : null, decision, refused });
    if (desk.abort !== null) this.#run.stop(`aborted: ${desk.abort.reason}`, desk.abort.by);
    return answer;
  }

  get #desk(): Desk {
    return this.#run.facts.desk;
  }
}

/** Repeating an abort counts and changes nothing, and is no news however often it comes. */
function changes(before: Desk, after: Desk): boolean {
  return before.asks !== after.asks || before.held !== after.held || before.abort !== after.abort;
}

/** A flood of refusals is told by its growth, so that it cannot fill history: the first fifty, then at every doubling. */
function isTold(count: number): boolean {
  return count <= REFUSALS_TOLD || Number.isInteger(Math.log2(count / REFUSALS_TOLD));
}
