import type { Finding } from '../domain/verdict.ts';
import { keepFacts } from '../evidence/facts.ts';
import type { EvidenceStore } from '../evidence/store.ts';
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
}

const LONGEST_SUMMARY = 120;
const MOST_REASONS = 10;

/** Turns a measurement into a finding, with the facts kept first: a verdict without its evidence is not given. */
export async function conclude(store: EvidenceStore, scope: Scope, measurement: Measurement): Promise<Finding> {
  const { faults = [], doubts = [] } = measurement;
  const evidence = await keepFacts(store, scope.folder, measurement.facts);
  const reasons = [...faults, ...doubts];
  if (reasons.length === 0) return { verdict: 'pass', summary: shorten(measurement.summary), reasons, evidence };
  const [first = ''] = reasons;
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : '';
  return {
    verdict: faults.length > 0 ? 'fail' : 'inconclusive',
    summary: shorten(first, more),
    reasons: reasons.slice(0, MOST_REASONS),
    evidence,
  };
}

function shorten(text: string, ending = ''): string {
  const room = LONGEST_SUMMARY - ending.length;
  return (text.length <= room ? text : `${text.slice(0, room - 1)}…`) + ending;
}
