import { LiveRegion } from './live-region.ts';
import { paintFor, printable, type Paint } from './lines.ts';
import { outcomeLines, type RunOutcome } from './outcome.ts';
import { render } from './render.ts';
import type { Screen } from './screens.ts';
import type { View } from './view.ts';

/** The live view of a terminal: redrawn in place, with what must stay above it. */
export class LiveScreen implements Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #region: LiveRegion;
  readonly #paint: Paint;
  #view: View | undefined;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#paint = paintFor(out);
    this.#region = new LiveRegion(out, () => this.#draw());
  }

  note(text: string): void {
    this.#region.print([printable(text)]);
  }

  show(view: View): void {
    this.#view = view;
    this.#draw();
  }

  finish(outcome: RunOutcome): void {
    this.#writeBelow(['', ...outcomeLines(outcome, this.#region.width, this.#paint)]);
  }

  fail(message: string, lines: readonly string[]): void {
    this.#writeBelow([message, ...lines.map((it) => `  ${printable(it)}`)]);
  }

  close(): void {
    this.#region.close();
  }

  /** After this nothing is redrawn: the last view stays, and what is written follows it. */
  #writeBelow(lines: readonly string[]): void {
    this.#region.close();
    this.#out.write(lines.map((text) => `${text}\n`).join(''));
  }

  #draw(): void {
    if (this.#view !== undefined) this.#region.draw(render(this.#view, this.#region.width, this.#paint));
  }
}
