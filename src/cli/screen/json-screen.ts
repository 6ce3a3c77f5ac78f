import type { Change } from './changes.ts';
import type { RunOutcome } from './outcome.ts';
import type { Screen } from './screens.ts';
import type { View } from './view.ts';

/**
 * One JSON object a line; of a run that has ended the last one is of kind `ended`. Whoever stops watching before that, because
 * a phase has begun, nobody answers or Ctrl-C was pressed, reads none: there the exit code tells.
 */
export class JsonScreen implements Screen {
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  note(text: string): void {
    this.#write({ kind: 'note', text });
  }

  show({ now }: View, changes: readonly Change[]): void {
    for (const change of changes) this.#write(change, now);
  }

  finish(outcome: RunOutcome): void {
    this.#write({ kind: 'ended', ...outcome });
  }

  fail(message: string, lines: readonly string[], exitCode: number): void {
    this.#write({ kind: 'ended', outcome: 'failed', exitCode, why: message, log: lines });
  }

  close(): void {
    // Nothing was taken.
  }

  #write(entry: object, at = Date.now()): void {
    this.#out.write(`${JSON.stringify({ at: new Date(at).toISOString(), ...entry })}\n`);
  }
}
