/**
 * The two text formats in which metrics are exposed, read strictly: Prometheus text 0.0.4 and OpenMetrics 1.0. Whatever is not
 * in the format makes the whole answer unusable, because a half-read answer is a wrong number.
 */
export type Format = 'prometheus-text' | 'openmetrics';

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** May be NaN or infinite: that is legal for metrics that are none of our business. */
  readonly value: number;
  /** Epoch milliseconds, where the target says when the value was true. */
  readonly timestamp?: number;
}

export interface Exposition {
  /** Declared type by family name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

/** Not in the format, or not usable. The message names a line or a metric, never a value of a label. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const LABEL_VALUE = /"(?:[^"\\]|\\[\\"n])*"/y;
const TOKEN = /[^ \t]+/y;
const EXEMPLAR = / # (?=\{)/y;
const FINITE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const DECLARATION = /^# (?:TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) ([a-z]+)|HELP [^ ]+ ?.*|UNIT [^ ]+ ?.*)$/;

/**
 * The value of a sample as a number of requests.
 * @throws {ExpositionError} for NaN, infinities, fractions, negative numbers and those too great to be exact.
 */
export function countOf({ name, value }: Sample): number {
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
    throw new ExpositionError(`${name}: the value cannot be a number of requests`);
  }
  return value;
}

/** What separates the parts of a line. OpenMetrics leaves no choice. */
const SPACING = {
  'prometheus-text': { between: /[ \t]+/y, optional: /[ \t]*/y },
  openmetrics: { between: / /y, optional: /(?:)/y },
} as const;

/**
 * All samples of an answer.
 * @throws {ExpositionError} for anything outside the format, a missing end and a series that is there twice included.
 */
export function parseExposition(text: string, format: Format): Exposition {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  linesOf(text, format).forEach((line, index) => {
    const problem = (what: string) => new ExpositionError(`line ${index + 1}: ${what}`);
    if (line === '' && format === 'prometheus-text') return;
    if (line.startsWith('#')) {
      const type = declaredType(line, format, problem);
      if (type === undefined) return;
      if (types.has(type.family)) throw problem('the type of a family is declared twice');
      types.set(type.family, type.type);
      return;
    }
    const sample = parseSample(line, format, problem);
    const series = seriesName(sample.name, sample.labels);
    if (seen.has(series)) throw problem('the series is there twice');
    seen.add(series);
    samples.push(sample);
  });
  return { types, samples };
}

/** Name and labels in one fixed order and spelling: the identity of a series. */
export function seriesName(name: string, labels: ReadonlyMap<string, string>): string {
  const sorted = [...labels].sort(([one], [other]) => (one < other ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}

/** A number as both formats write it; `undefined` when it is none. */
export function parseNumber(text: string): number | undefined {
  if (FINITE.test(text)) return Number(text);
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? NaN : undefined;
}

/** Without the end that each format prescribes, nobody knows what is missing. */
function linesOf(text: string, format: Format): string[] {
  const end = format === 'openmetrics' ? /(?:^|\n)# EOF\n?$/ : /(?:^|\n)$/;
  if (!end.test(text)) throw new ExpositionError('the end is missing');
  const body = text.replace(end, '');
  return body === '' ? [] : body.split('\n');
}

type Problem = (what: string) => ExpositionError;

function declaredType(line: string, format: Format, problem: Problem): { family: string; type: string } | undefined {
  const [, family, type] = DECLARATION.exec(line) ?? [];
  if (family !== undefined && type !== undefined) return { family, type };
  const isComment = format === 'prometheus-text' && !/^#[ \t]*TYPE[ \t]/.test(line);
  if (!DECLARATION.test(line) && !isComment) throw problem('is neither a declaration nor a sample');
  return undefined;
}

function parseSample(line: string, format: Format, problem: Problem): Sample {
  const { between, optional } = SPACING[format];
  const cursor = new Cursor(line);
  const name = cursor.take(NAME);
  if (name === undefined) throw problem('does not begin with the name of a metric');
  const labels = parseLabels(cursor, format, problem);
  if (cursor.take(between) === undefined) throw problem('has no value');
  const value = parseNumber(cursor.take(TOKEN) ?? '');
  if (value === undefined) throw problem('the value is not a number');
  const timestamp = parseTimestamp(cursor, format, problem);
  if (format === 'openmetrics') skipExemplar(cursor, problem);
  cursor.take(optional);
  if (!cursor.isAtEnd()) throw problem('goes on after its value');
  return { name, labels, value, ...(timestamp === undefined ? {} : { timestamp }) };
}

function parseLabels(cursor: Cursor, format: Format, problem: Problem): Map<string, string> {
  const { optional } = SPACING[format];
  const labels = new Map<string, string>();
  if (cursor.take(format === 'openmetrics' ? /\{/y : /[ \t]*\{/y) === undefined) return labels;
  for (;;) {
    cursor.take(optional);
    const mayEnd = labels.size === 0 || format === 'prometheus-text';
    if (mayEnd && cursor.take(/\}/y) !== undefined) return labels;
    const label = cursor.take(LABEL_NAME);
    cursor.take(optional);
    const equals = cursor.take(/=/y);
    cursor.take(optional);
    const value = cursor.take(LABEL_VALUE);
    if (label === undefined || equals === undefined || value === undefined) throw problem('has a malformed label');
    if (labels.has(label)) throw problem('has a label twice');
    labels.set(label, unescape(value.slice(1, -1)));
    cursor.take(optional);
    if (cursor.take(/\}/y) !== undefined) return labels;
    if (cursor.take(/,/y) === undefined) throw problem('has a malformed label');
  }
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function parseTimestamp(cursor: Cursor, format: Format, problem: Problem): number | undefined {
  const token = cursor.take(format === 'openmetrics' ? / [^ #]+/y : /[ \t]+[^ \t]+/y)?.trim();
  if (token === undefined) return undefined;
  if (format === 'prometheus-text' ? !/^-?\d+$/.test(token) : !FINITE.test(token)) {
    throw problem('the timestamp is not a number');
  }
  return format === 'prometheus-text' ? Number(token) : Math.round(Number(token) * 1000);
}

function skipExemplar(cursor: Cursor, problem: Problem): void {
  if (cursor.take(EXEMPLAR) === undefined) return;
  parseLabels(cursor, 'openmetrics', problem);
  const value = cursor.take(/ [^ ]+/y);
  if (value === undefined || parseNumber(value.trim()) === undefined) throw problem('has a malformed exemplar');
  parseTimestamp(cursor, 'openmetrics', problem);
}

/** A place in a line; every pattern is sticky, so nothing is ever skipped unseen. */
class Cursor {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  isAtEnd(): boolean {
    return this.#at === this.#line.length;
  }
}
