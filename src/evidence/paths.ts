import { EvidenceProblem } from './problem.ts';

const PART = /^[A-Za-z0-9_][A-Za-z0-9._@+=-]{0,199}$/;

/**
 * The parts of a path inside a store or a bundle, or `unsafe-path`. The rule is narrow on purpose: nothing that a shell, a
 * URL or another file system reads in a second way, no `..`, nothing absolute, nothing hidden.
 */
export function partsOf(path: string): readonly string[] {
  const parts = path.split('/');
  if (!parts.every((part) => PART.test(part)))
    throw new EvidenceProblem('unsafe-path', `not a path of the store: ${JSON.stringify(path.slice(0, 200))}`);
  return parts;
}

export function isSafePath(path: string): boolean {
  return path.split('/').every((part) => PART.test(part));
}

/** Code units, not the machine's language: the same order everywhere. */
export function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}
