import type { Random } from '../../../src/sandbox/router/random.ts';
import { pick } from '../../../src/sandbox/router/random.ts';
import type { Files } from './sealed.ts';

/** What is done to the bytes of a sealed bundle, and where it has to be found. */
export interface Damage {
  readonly what: string;
  readonly files: Files;
}

type Harm = (files: Files, random: Random, other: Files) => string;

const HARMS = {
  'a byte flipped': (files, random) => {
    const [path, bytes] = anyOf(files, random);
    return flip(files, path, bytes, random);
  },
  'a file removed': (files, random) => {
    const [path] = anyOf(files, random);
    files.delete(path);
    return `${path} removed`;
  },
  'a file added': (files, random) => {
    const path = pick(random, ['facts/added.json', 'added.txt', `facts/${'a'.repeat(64)}.json`, 'approvals/added.jws']);
    files.set(path, Buffer.from('{}'));
    return `${path} added`;
  },
  'a file renamed': (files, random) => {
    const [path, bytes] = anyOf(files, random);
    files.delete(path);
    files.set(`${path}.renamed`, bytes);
    return `${path} renamed`;
  },
  'a file of another bundle': (files, random, other) => {
    const paths = [...files.keys()].filter((path) => isAnother(other.get(path), files.get(path)));
    const path = pick(random, paths as [string, ...string[]]);
    files.set(path, other.get(path) as Buffer);
    return `${path} of another bundle`;
  },
  'a line of the journal dropped': (files, random) => {
    const lines = linesOf(files);
    const index = Math.floor(random() * lines.length);
    setLines(files, lines.toSpliced(index, 1));
    return `line ${index + 1} dropped`;
  },
  'lines of the journal exchanged': (files, random) => {
    const lines = linesOf(files);
    const index = Math.floor(random() * (lines.length - 1));
    setLines(files, lines.toSpliced(index, 2, lines[index + 1] as string, lines[index] as string));
    return `lines ${index + 1} and ${index + 2} exchanged`;
  },
} as const satisfies Record<string, Harm>;

type HarmName = keyof typeof HARMS;
/** The compiler does not know that there are some. */
export const HARM_NAMES = Object.keys(HARMS) as unknown as readonly [HarmName, ...HarmName[]];

/** Damages a copy of a bundle; `other` is another one of the same service. */
export function damaged(files: Files, harm: HarmName, random: Random, other: Files): Damage {
  const copy: Files = new Map(files);
  return { what: HARMS[harm](copy, random, other), files: copy };
}

/** Flips some bits of one byte of one file, anywhere in it. */
export function flipped(files: Files, path: string, random: Random): Damage {
  const copy: Files = new Map(files);
  return { what: flip(copy, path, files.get(path) as Buffer, random), files: copy };
}

function flip(files: Files, path: string, bytes: Buffer, random: Random): string {
  const changed = Buffer.from(bytes);
  const place = Math.floor(random() * changed.length);
  changed[place] = (changed[place] ?? 0) ^ (1 + Math.floor(random() * 255));
  files.set(path, changed);
  return `byte ${place} of ${path} flipped`;
}

function anyOf(files: Files, random: Random): readonly [string, Buffer] {
  // A bundle is never empty, which the type of a map cannot say.
  return pick(random, [...files] as unknown as [[string, Buffer], ...[string, Buffer][]]);
}

function isAnother(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one !== undefined && other !== undefined && !one.equals(other);
}

function linesOf(files: Files): readonly string[] {
  return (files.get('journal.jsonl') as Buffer).toString('utf8').split('\n').slice(0, -1);
}

function setLines(files: Files, lines: readonly string[]): void {
  files.set('journal.jsonl', Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8'));
}
