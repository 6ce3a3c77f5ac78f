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
  let left = width;
  let text = '';
  for (const [index, part] of parts.entries()) {
    const [style, raw] = typeof part === 'string' ? [undefined, part] : part;
    const clean = printable(raw);
    const more = parts.slice(index + 1).some((it) => it.length > 0 && it !== '');
    const shown = clean.length > left || (more && clean.length === left) ? `${clean.slice(0, Math.max(0, left - 1))}…` : clean;
    text += style === undefined ? shown : paint(style, shown);
    left -= shown.length;
    if (shown !== clean) break;
  }
  return text;
}

/** Text that was written by somebody else must not move the cursor or colour the screen. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** `83000` → `1:23`, `3723000` → `1:02:03`; what has passed counts as zero. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number: number) => String(number).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** `████████░░░░` */
export function bar(share: number, cells: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
