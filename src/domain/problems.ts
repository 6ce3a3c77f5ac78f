import type { z } from 'zod';

/** Every problem of a document that does not fit, as `path: what is wrong`. Values are never repeated. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.') || 'the document';
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${path}: unknown field "${key}"`);
    return [`${path}: ${issue.message}`];
  });
}
