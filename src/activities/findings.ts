import { setTimeout as delay } from 'node:timers/promises';
import { fit } from '../domain/text.ts';
import { LONGEST_SUMMARY, type Finding } from '../domain/verdict.ts';
import { keepFacts } from '../evidence/facts.ts';
import { EvidenceProblem } from '../evidence/problem.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { requireLease } from './lease.ts';
import type { Scope } from './world.ts';

/** What a check measured. */
export interface Measurement {
  /** What was found when all is well, in one sentence. */
  readonly summary: string;
  /** Kept as evidence, after redaction; only its digest goes into history. */
  readonly facts: unknown;
  /** What is certainly wrong. */
  readonly faults?: readonly string[];
  /** What could not be established. */
  readonly doubts?: readonly string[];
  /** What a person vouches for: the part of the facts without the times and ids of this one measurement. */
  readonly subject?: unknown;
  /** What no machine can check here, so that a person has to vouch for it. */
  readonly open?: readonly string[];
}

const MOST_REASONS = 10;
const EVIDENCE_WITHIN = 2_000;

/**
 * Turns a measurement into a finding, with the facts kept first: a verdict without its evidence is not given.
 * @throws `Overslept`: what nobody waits for any more would come into a bundle that is being sealed, and spoil it for good
 */
export async function conclude(store: EvidenceStore, scope: Scope, measurement: Measurement): Promise<Finding> {
  requireLease();
  const { facts, subject, open = [] } = measurement;
  const evidence = await keepFacts(store, scope.folder, facts);
  return {
    ...verdictOf(measurement),
    evidence,
    ...(subject === undefined ? {} : { subject: await keepFacts(store, scope.folder, subject) }),
    ...(open.length === 0 ? {} : { open }),
  };
}

/**
 * The same for what must not wait: a breach, and the first steps of a rollback. Where the store fails or takes longer than
 * two seconds, the finding is given without its evidence.
 */
export async function concludeAnyway(store: EvidenceStore, scope: Scope, measurement: Measurement): Promise<Finding> {
  return (await unlessStoreFails(conclude(store, scope, measurement))) ?? verdictOf(measurement);
}

/** What becomes of work with the store, or undefined where it fails or takes longer than so many milliseconds. */
export async function unlessStoreFails<T>(work: Promise<T>, within = EVIDENCE_WITHIN): Promise<T | undefined> {
  const done = work.catch((error: unknown) => {
    if (error instanceof EvidenceProblem) return undefined;
    throw error;
  });
  return Promise.race([done, delay(within, undefined, { ref: false })]);
}

/** Several measurements as one, their reasons under the names of the parts. */
export function combine(parts: Readonly<Record<string, Measurement>>): Measurement {
  const all = Object.entries(parts);
  const prefixed = (reasons: 'faults' | 'doubts') =>
    all.flatMap(([part, measurement]) => (measurement[reasons] ?? []).map((reason) => `${part}: ${reason}`));
  const facts = Object.fromEntries(all.map(([part, { facts: measured }]) => [part, measured]));
  return {
    summary: all.map(([, { summary }]) => summary).join('; '),
    facts,
    faults: prefixed('faults'),
    doubts: prefixed('doubts'),
  };
}

function verdictOf({ summary, faults = [], doubts = [] }: Measurement): Finding {
  const reasons = [...faults, ...doubts];
  if (reasons.length === 0) return { verdict: 'pass', summary: fit(summary, LONGEST_SUMMARY), reasons };
  const [first = ''] = reasons;
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : '';
  return {
    verdict: faults.length > 0 ? 'fail' : 'inconclusive',
    summary: fit(first, LONGEST_SUMMARY - more.length) + more,
    reasons: reasons.slice(0, MOST_REASONS),
  };
}
