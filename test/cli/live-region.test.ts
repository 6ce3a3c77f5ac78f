import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { LiveRegion, type TerminalOutput } from '../../src/cli/screen/live-region.ts';

const ESCAPE = '\u001b';

/** As much of a terminal as the region uses: it shows what a person would see. */
class Terminal extends EventEmitter implements TerminalOutput {
  columns = 40;
  rows = 10;
  screen: string[] = [''];
  cursorIsHidden = false;
  written = '';
  #row = 0;

  write(text: string): void {
    this.written += text;
    const [plain = '', ...sequences] = text.split(ESCAPE);
    this.#print(plain);
    for (const sequence of sequences) {
      const [code = '', amount = ''] = /^\[\??(\d*)[A-Za-z]/.exec(sequence) ?? [];
      this.#obey(code, Number(amount));
      this.#print(sequence.slice(code.length));
    }
  }

  /** What is seen, without empty lines at the end. */
  get text(): string {
    return this.screen.join('\n').trimEnd();
  }

  #print(text: string): void {
    for (const [index, piece] of text.split('\n').entries()) {
      if (index > 0) this.#moveTo(this.#row + 1);
      const letters = piece.replaceAll('\r', '');
      if (letters !== '') this.screen[this.#row] = letters;
    }
  }

  #obey(code: string, amount: number): void {
    if (code.endsWith('A')) this.#moveTo(this.#row - amount);
    if (code === '[2K') this.screen[this.#row] = '';
    if (code === '[J') this.screen.splice(this.#row, this.screen.length, '');
    if (code === '[?25l') this.cursorIsHidden = true;
    if (code === '[?25h') this.cursorIsHidden = false;
  }

  #moveTo(row: number): void {
    if (row < 0) throw new Error('the cursor left the screen');
    this.#row = row;
    while (this.screen.length <= row) this.screen.push('');
  }
}

const region = (terminal: Terminal, redraw: () => void = () => undefined) => new LiveRegion(terminal, redraw);

describe('The live region', () => {
  it('is redrawn in place, also when it becomes shorter', () => {
    const terminal = new Terminal();
    const live = region(terminal);
    live.draw(['one', 'two', 'three']);
    live.draw(['one', 'TWO']);
    expect(terminal.text).toBe('one\nTWO');
    live.close();
  });

  it('rewrites only the lines that changed', () => {
    const terminal = new Terminal();
    const live = region(terminal);
    live.draw(['same', 'before']);
    terminal.written = '';
    live.draw(['same', 'after']);
    expect(terminal.written).not.toContain('same');
    live.close();
  });

  it('keeps what is printed above it', () => {
    const terminal = new Terminal();
    const live = region(terminal);
    live.draw(['view']);
    live.print(['a command']);
    live.draw(['new view']);
    expect(terminal.text).toBe('a command\nnew view');
    live.close();
  });

  it('cuts from the end what is higher than the screen', () => {
    const terminal = new Terminal();
    const live = region(terminal);
    live.draw(Array.from({ length: 30 }, (_, index) => `line ${index}`));
    expect(terminal.text.split('\n')).toHaveLength(terminal.rows - 1);
    expect(terminal.text).toMatch(/^line 0\n/);
    live.close();
  });

  it('redraws when the size changes, and clears what a narrower terminal has broken into more rows', () => {
    const terminal = new Terminal();
    let redrawn = 0;
    const live = region(terminal, () => {
      redrawn += 1;
    });
    live.draw(['one', 'two']);
    terminal.write('three\nfour\n');
    terminal.columns = 20;
    terminal.written = '';
    terminal.emit('resize');
    expect(redrawn).toBe(1);
    expect(terminal.written).toContain('\u001b[4A');
    live.close();
  });

  it('gives the cursor back once, and draws no more', () => {
    const terminal = new Terminal();
    const live = region(terminal);
    live.draw(['view']);
    expect(terminal.cursorIsHidden).toBe(true);
    live.close();
    live.close();
    live.draw(['late']);
    expect(terminal.cursorIsHidden).toBe(false);
    expect(terminal.text).toBe('view');
    expect(terminal.listenerCount('resize')).toBe(0);
  });
});
