import { decodeUtf8 } from './utf8.ts';

/**
 * JSON as two parsers that disagree would both read it. `JSON.parse` owns the grammar; the scan afterwards refuses
 * what it forgives: names that occur twice, names that reach prototypes, numbers that a double cannot hold, half
 * characters, and depth. None of the installed libraries does this.
 */

export type JsonProblem =
  | 'not UTF-8'
  | 'byte order mark'
  | 'not JSON'
  | 'name occurs twice'
  | 'name that reaches a prototype'
  | 'number out of range'
  | 'half a surrogate pair'
  | 'nested too deeply';

export type JsonReading =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: JsonProblem };

export const DEEPEST_NESTING = 64;

const TOKEN = /["{}[\]:]|-?\d[\d.eE+-]*/g;
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

const refused = (problem: JsonProblem): JsonReading => ({ ok: false, problem });

/** Parses UTF-8 bytes, or text. Never throws, and tells the kind of the problem without repeating any of the input. */
export function parseStrictJson(input: Uint8Array | string): JsonReading {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (text === undefined) return refused('not UTF-8');
  if (text.startsWith('\uFEFF')) return refused('byte order mark');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('not JSON');
  }
  const problem = problemIn(text);
  return problem === undefined ? { ok: true, value } : refused(problem);
}

/** What is wrong with text that is known to be JSON. One set of names for every open object, undefined for an array. */
function problemIn(text: string): JsonProblem | undefined {
  const open: (Set<string> | undefined)[] = [];
  let string = '';
  for (const token of tokensIn(text)) {
    if (token === '{' || token === '[') {
      if (open.push(token === '{' ? new Set() : undefined) > DEEPEST_NESTING) return 'nested too deeply';
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      const names = open.at(-1);
      if (PROTOTYPE_NAMES.has(string)) return 'name that reaches a prototype';
      if (names?.has(string)) return 'name occurs twice';
      names?.add(string);
    } else if (token.startsWith('"')) {
      string = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
      if (/\p{Surrogate}/u.test(string)) return 'half a surrogate pair';
    } else if (!isExact(Number(token))) {
      return 'number out of range';
    }
  }
  return undefined;
}

function* tokensIn(text: string): Generator<string> {
  const next = new RegExp(TOKEN);
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (text[found.index] === '"') next.lastIndex = endOfString(text, found.index);
    yield text.slice(found.index, next.lastIndex);
  }
}

/** By hand: a pattern for whole strings overflows its stack where one is many megabytes long. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

const isExact = (number: number) =>
  Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
