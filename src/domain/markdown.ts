/**
 * Markdown for the Temporal UI, which renders it with gomarkdown. There a line break in a paragraph is one on the screen and a
 * gap between blocks is two empty lines, lists in lists run together, `$` begins a formula and `1/2` becomes a fraction.
 */

/** Space that is not one blank already. */
const SPACE = /\s{2,}|[^\S ]/g;

/** What others wrote stays text: it must not be able to look like a part of the page. */
export function inline(text: string): string {
  return text.replaceAll(SPACE, ' ').replaceAll(/[\\`*_[\]<>|#$~]/g, String.raw`\$&`);
}

/** A name to be read letter by letter. */
export function code(text: string): string {
  return `\`${text.replaceAll(SPACE, ' ').replaceAll('`', "'")}\``;
}

/** A block to copy from, as it is, whatever it contains. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** Lines of one paragraph; empty ones are left out. */
export function paragraph(...lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n');
}
