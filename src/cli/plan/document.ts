import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { sentenceOf, type Problem } from '../../domain/problems.ts';
import { readText } from '../read-text.ts';

/** Something wrong in a file, and where: line and column from 1. */
export interface Misplaced {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** A YAML or JSON file as the one JSON value that it stands for. */
export interface PlanDocument {
  readonly value: unknown;
  /** What keeps it from being one such value; the value is then of no use. */
  readonly problems: readonly Misplaced[];
  /** Where a problem with the value stands in the file. */
  readonly locate: (problem: Problem) => Misplaced;
}

const MOST_ALIASES = 100;

/** @throws {CommandFailed} when the file cannot be read */
export async function readPlanDocument(file: string): Promise<PlanDocument> {
  return parsePlanDocument(await readText(file));
}

/** Reads YAML 1.2, and thereby JSON. What has no one meaning as JSON is a problem. */
export function parsePlanDocument(text: string): PlanDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const misplaced = (offset: number, why: string): Misplaced => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, text: why };
  };
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => misplaced(pos[0], message));
  return {
    ...valueOf(document, problems),
    locate: (problem) => misplaced(offsetOf(document, problem), sentenceOf(problem)),
  };
}

function valueOf(document: Document.Parsed, problems: readonly Misplaced[]): Pick<PlanDocument, 'value' | 'problems'> {
  if (problems.length > 0) return { value: undefined, problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    // An alias that contains itself has no end as JSON.
    JSON.stringify(value);
    return { value, problems };
  } catch {
    return { value: undefined, problems: [{ line: 1, column: 1, text: 'its aliases cannot be resolved' }] };
  }
}

/**
 * Where the value at a path stands; of what is missing, where the thing stands that lacks it; of a field that should not be
 * there, where its name stands.
 */
function offsetOf({ contents }: Document.Parsed, { path, field }: Problem): number {
  let node: unknown = contents;
  let offset = contents?.range[0] ?? 0;
  for (const step of field === undefined ? path : [...path, field]) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      node = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
      offset = startOf(node) ?? offset;
    }
  }
  return field === undefined && isScalar(node) ? (startOf(node) ?? offset) : offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
