import type { Progress } from '../../domain/run.ts';
import type { RunEnding } from '../run/ending.ts';
import { durationOf, markOf } from './change-text.ts';
import { line, type Paint, type Part } from './lines.ts';

/** How a go-live ended, with what it did on the way. */
export interface RunOutcome extends RunEnding {
  readonly steps: Progress['steps'];
  /** Every share that the router really moved to, in order; null where only the router could tell. */
  readonly shares: readonly number[] | null;
  readonly killSwitch: Progress['killSwitch'];
  /** Where the files of a rehearsal are. */
  readonly home: string | null;
}

/** The end of a go-live for people: every step in the order in which it began. */
export function outcomeLines(result: RunOutcome, width: number, paint: Paint): string[] {
  const { outcome, exitCode, why, steps, shares, killSwitch, evidence, home } = result;
  const lines: Part[][] = [
    [],
    [`outcome      `, [outcome === 'live' ? 'green' : 'red', outcome], `  (exit code ${exitCode})`],
    ...(why === null ? [] : [[`because      ${why}`]]),
    ...(shares === null ? [] : [[`traffic      ${shares.length === 0 ? 'never moved' : `${shares.join(' → ')} %`}`]]),
    [`kill switch  ${killSwitch}`],
  ];
  return [
    ...stepLines(steps, width, paint),
    ...lines.map((parts) => line(parts, width, paint)),
    ...evidenceLines(evidence),
    ...(home === null ? [] : [`files        ${home}`]),
  ];
}

/** Every step, how long it took and what it found. */
export function stepLines(steps: Progress['steps'], width: number, paint: Paint): string[] {
  const rows = steps.map(({ id, status, summary, startedAt, endedAt, reasons }): Part[] => [
    '  ',
    markOf(status),
    ` ${id.padEnd(24)}${durationOf({ startedAt, endedAt }).padStart(8)}  `,
    ['dim', status === 'passed' ? summary : reasons.join('; ')],
  ]);
  return [[['bold', 'steps'] as const], ...rows].map((parts) => line(parts, width, paint));
}

/** Where the evidence is; never cut, because it is for copying. */
export function evidenceLines(evidence: RunEnding['evidence']): string[] {
  return evidence === null ? [] : [`evidence     ${evidence.path}`, `manifest     ${evidence.manifest}`];
}
