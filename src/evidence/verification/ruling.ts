import type { BundleProblem } from '../inspect.ts';

/** What is looked at, in the order in which it is told. */
export const RULES = [
  'files',
  'seal',
  'contents',
  'outcome',
  'order',
  'quorum',
  'signatures',
  'words',
  'facts',
  'records',
  'coverage',
  'limits',
] as const;
export type RuleName = (typeof RULES)[number];

/**
 * What became of one rule: it holds, it is broken, or the bundle alone cannot say. `says` are sentences for somebody who was
 * not there; `open` are the ones about what was not proven.
 */
export interface Ruling {
  readonly rule: RuleName;
  readonly standing: 'proven' | 'broken' | 'open';
  readonly says: readonly string[];
  readonly open: readonly string[];
  readonly problems: readonly BundleProblem[];
}

interface Said {
  readonly says?: readonly string[];
  readonly open?: readonly string[];
}

/** A rule that was checked: proven unless there are problems. */
export function ruled(rule: RuleName, problems: readonly BundleProblem[], { says = [], open = [] }: Said = {}): Ruling {
  if (problems.length > 0) return { rule, standing: 'broken', says: [], open, problems };
  return { rule, standing: 'proven', says, open, problems: [] };
}

/** A rule that could not be checked, and why. */
export function unruled(rule: RuleName, ...open: readonly string[]): Ruling {
  return { rule, standing: 'open', says: [], open, problems: [] };
}
