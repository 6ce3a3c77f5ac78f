import { textOf } from './change-text.ts';
import type { Change } from './changes.ts';
import { figureSentence } from './figure-lines.ts';
import { clock, line, paintFor, printable, type Paint, type Part } from './lines.ts';
import { outcomeLines, type RunOutcome } from './outcome.ts';
import type { Screen } from './screens.ts';
import type { View } from './view.ts';

const FIGURES_EVERY_MS = 15_000;

/** One line for whatever happens, for logs and pipes: nothing is ever rewritten and nothing is cut. */
export class PlainScreen implements Screen {
  readonly #out: NodeJS.WritableStream;
  readonly #paint: Paint;
  #figuresAt = Date.now();

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
    this.#paint = paintFor(out);
  }

  note(text: string): void {
    this.#out.write(`${printable(text)}\n`);
  }

  show(view: View, changes: readonly Change[]): void {
    const time = ['dim', `${clock(view.now - view.startedAt).padStart(6)}  `] as const;
    for (const change of changes) this.#write([time, ...textOf(change)]);
    const sentence = figureSentence(view);
    if (sentence === undefined || view.now - this.#figuresAt < FIGURES_EVERY_MS) return;
    this.#figuresAt = view.now;
    this.#write([time, `  traffic ${view.progress.traffic.percent} %: ${sentence}${stepTimeLeft(view)}`]);
  }

  finish(outcome: RunOutcome): void {
    for (const text of ['', ...outcomeLines(outcome, Infinity, this.#paint)]) this.#out.write(`${text}\n`);
  }

  fail(message: string, lines: readonly string[]): void {
    for (const text of [message, ...lines.map((it) => `  ${it}`)]) this.note(text);
  }

  close(): void {
    // Nothing was taken.
  }

  #write(parts: readonly Part[]): void {
    this.#out.write(`${line(parts, Infinity, this.#paint)}\n`);
  }
}

function stepTimeLeft({ progress, now }: View): string {
  const deadline = progress.step?.deadline;
  return deadline ? `, ${clock(Date.parse(deadline) - now)} left` : '';
}
