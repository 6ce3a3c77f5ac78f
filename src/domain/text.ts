/** Half of a surrogate pair: what is left of a character that was cut in two, or was never one. It has no UTF-8 form. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The text with every lone surrogate replaced, as text encoders do it. */
export function wellFormed(text: string): string {
  return text.replaceAll(LONE_SURROGATE, '\uFFFD');
}

/** The first so many characters, never half of one. */
export function cut(text: string, length: number): string {
  return wellFormed(text.slice(0, length));
}

/** Text of one line that looks like what it is: without line ends and without characters that nobody sees. */
export function oneLine(text: string): string {
  return wellFormed(text.replaceAll(/[\s\p{Cc}]+/gu, ' ').replaceAll(/\p{Cf}/gu, '')).trim();
}

/** Text of at most so many characters, with an ellipsis where there are more. */
export function fit(text: string, length: number): string {
  return text.length <= length ? text : `${cut(text, length - 1)}…`;
}

/** Every text in a JSON value, well-formed. */
export function wellFormedJson(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(wellFormedJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [wellFormed(name), wellFormedJson(inner)]));
}
