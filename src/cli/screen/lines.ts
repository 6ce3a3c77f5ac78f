import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'inverse';
/** A piece of a line; plain text unless it names a style. */
export type Part = string | readonly [Style, string];
/** Puts a style on text, or leaves it as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

export const unpainted: Paint = (_style, text) => text;

/** Colours where `stream` is a terminal that has them; honours `NO_COLOR` and `FORCE_COLOR`. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

/** One line of at most `width` characters, cut with an ellipsis where there are more. */
export function line(parts: readonly Part[], width: number, paint: Paint): string {
  const pieces = parts.map((part) => (typeof part === 'string' ? { text: part } : { style: part[0], text: part[1] }));
  const length = pieces.reduce((sum, { text }) => sum + printable(text).length, 0);
  let left = length <= width ? width : width - 1;
  let result = '';
  for (const { style, text } of pieces) {
    const shown = printable(text).slice(0, Math.max(0, left));
    left -= shown.length;
    if (shown !== '') result += style === undefined ? shown : paint(style, shown);
  }
  return length <= width ? result : `${result}…`;
}

/** Text that was written by somebody else must not move the cursor or colour the screen. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, ' ');
}

/** The same for a text of several lines. */
export function printableText(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** `83000` → `1:23`, `3723000` → `1:02:03`, with `2 d ` before it for two days; what has passed counts as zero. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number: number) => String(number).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  const hours = Math.floor(minutes / 60);
  const days = hours < 24 ? '' : `${Math.floor(hours / 24)} d `;
  return `${days}${hours % 24}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** `████████░░░░` */
export function bar(share: number, cells: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
