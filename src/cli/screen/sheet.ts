import { paintFor } from './lines.ts';
import { wrapped, type Paragraph } from './wrapped.ts';

/** Paper for what is written once and stays. */
export interface Sheet {
  write(paragraphs: readonly Paragraph[]): void;
}

export function sheet(out: NodeJS.WriteStream): Sheet {
  const paint = paintFor(out);
  return {
    write(paragraphs) {
      const lines = paragraphs.flatMap((paragraph) => wrapped(paragraph, widthOf(out), paint));
      out.write(lines.map((text) => `${text}\n`).join(''));
    },
  };
}

/** As wide as the terminal; where there is none, a line is as long as it has to be. */
export function widthOf(out: NodeJS.WriteStream): number {
  return out.isTTY ? out.columns || 80 : Infinity;
}
