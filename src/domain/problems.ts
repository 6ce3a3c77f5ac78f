import type { z } from 'zod';

/** Something about a document that does not fit. Values are never repeated. */
export interface Problem {
  /** What is wrong: the names and indexes that lead to it. */
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** A field within what is wrong that should not be there. */
  readonly field?: string;
}

/** Every problem of a document, in the order of its schema. */
export function findProblems(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const { path } = issue;
    if (issue.code !== 'unrecognized_keys') return [{ path, text: issue.message }];
    return issue.keys.map((field) => ({ path, field, text: `unknown field "${field}"` }));
  });
}

/** A problem as `path: what is wrong`. */
export function sentenceOf({ path, text }: Problem): string {
  return `${path.join('.') || 'the document'}: ${text}`;
}

/** Every problem as a sentence. */
export function problemsOf(error: z.ZodError): string[] {
  return findProblems(error).map(sentenceOf);
}
