import { printable, type Paint, type Part, type Style } from './lines.ts';

/** A paragraph: its first line begins at the left, what does not fit goes on below, `indent` characters in. */
export interface Paragraph {
  readonly parts: readonly Part[];
  readonly indent: number;
}

interface Word {
  readonly text: string;
  readonly style: Style | undefined;
}

const LABEL = 9;

/** A name and what it names, in two columns. The second one starts where a digest still fits on a line of 80. */
export function field(label: string, ...parts: readonly Part[]): Paragraph {
  return { parts: [['dim', label.padEnd(LABEL)], ...parts], indent: LABEL };
}

/** Without parts it is an empty line. */
export function paragraph(parts: readonly Part[] = [], indent = 0): Paragraph {
  return { parts, indent };
}

/** Lines of at most `width` characters, broken between words and never cut: what somebody decides about is shown whole. */
export function wrapped({ parts, indent }: Paragraph, width: number, paint: Paint): string[] {
  const lines: Word[][] = [[]];
  let used = 0;
  for (const word of parts.flatMap(wordsOf)) {
    const isSpace = word.text.trim() === '';
    if (used + word.text.length > width && used > indent) {
      lines.push([{ text: ' '.repeat(indent), style: undefined }]);
      used = indent;
      if (isSpace) continue;
    }
    lines.at(-1)?.push(word);
    used += word.text.length;
  }
  return lines.map((words) => joined(words, paint));
}

/** Words of one style in a row are painted as one. */
function joined(words: readonly Word[], paint: Paint): string {
  const last = words.findLastIndex(({ text }) => text.trim() !== '');
  let line = '';
  let run = '';
  for (const [index, { text, style }] of words.slice(0, last + 1).entries()) {
    run += text;
    if (index < last && words[index + 1]?.style === style) continue;
    line += style === undefined ? run : paint(style, run);
    run = '';
  }
  return line;
}

/** Words and the spaces between them. */
function wordsOf(part: Part): Word[] {
  const [style, text] = typeof part === 'string' ? [undefined, part] : part;
  return printable(text)
    .split(/(?<= )(?=[^ ])|(?<=[^ ])(?= )/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word, style }));
}
