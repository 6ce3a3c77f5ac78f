/** Text that is HTML already. Everything else is escaped wherever it is put into HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | null | undefined | false | readonly Content[];

export const NONE = new Markup('');

/** HTML with values in it: text is escaped, lists are joined, what is not there is left out. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + markupOf(values[index - 1]) + part));
}

function markupOf(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(markupOf).join('');
  return escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that nobody sees can turn the text around them into another one, so they are shown. */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, shown).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function shown(character: string): string {
  if (character === '\n' || character === '\t') return ' ';
  const point = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
  return `[U+${point}]`;
}
