/** Moves the cursor to the start of the line `rows` above. */
const up = (rows: number) => (rows > 0 ? `\x1b[${rows}A\r` : '\r');
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_LINE = '\x1b[2K';
const CLEAR_DOWN = '\x1b[J';
/** A line that is a little too wide for the terminal is cut by it instead of becoming two. */
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';

/** What a region needs of a terminal; `process.stdout` has it. */
export interface TerminalOutput {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/**
 * The last lines of a terminal, redrawn in place; what is printed goes above them and stays. Rewrites only lines that
 * changed, so that text selected elsewhere stays selected. {@link close} gives the terminal back as it was.
 */
export class LiveRegion {
  readonly #out: TerminalOutput;
  readonly #onResize: () => void;
  readonly #onExit = () => this.close();
  #shown: readonly string[] = [];
  #drawnAt = 0;
  #open = true;

  /** `redraw` is called when the size has changed. */
  constructor(out: TerminalOutput, redraw: () => void) {
    this.#out = out;
    this.#onResize = () => {
      this.#clear();
      redraw();
    };
    out.on('resize', this.#onResize);
    process.once('exit', this.#onExit);
    out.write(HIDE_CURSOR);
  }

  get width(): number {
    return this.#out.columns || 80;
  }

  /** Lines that do not fit on the screen are left out from the end: the cursor cannot be moved to what has scrolled away. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    const fitting = lines.slice(0, Math.max(1, (this.#out.rows || 24) - 1));
    const rows = fitting.map((text, index) => (text === this.#shown[index] ? '' : `${CLEAR_LINE}${text}`));
    const frame = rows.map((text) => `${text}\n`).join('');
    this.#out.write(`${NO_WRAP}${up(this.#shown.length)}${frame}${CLEAR_DOWN}${WRAP}`);
    this.#shown = fitting;
    this.#drawnAt = this.width;
  }

  /** Prints above the region, wrapped by the terminal, so that a long command can be copied as one. */
  print(lines: readonly string[]): void {
    const shown = this.#shown;
    this.#clear();
    this.#out.write(lines.map((text) => `${text}\n`).join(''));
    this.draw(shown);
  }

  /** Leaves what was drawn last where it is. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#out.off('resize', this.#onResize);
    process.off('exit', this.#onExit);
    this.#out.write(`${WRAP}${SHOW_CURSOR}`);
  }

  #clear(): void {
    // A terminal that became narrower has broken what was drawn into more rows.
    const pieces = Math.max(1, Math.ceil(this.#drawnAt / this.width));
    this.#out.write(`${up(this.#shown.length * pieces)}${CLEAR_DOWN}`);
    this.#shown = [];
  }
}
