import type { Progress } from '../../domain/run.ts';
import { durationOf, markOf } from './change-text.ts';
import { line, type Paint, type Part } from './lines.ts';

/** How a rehearsal ended. */
export interface RehearsalOutcome {
  /** `invalid`: the plan was refused; `failed`: it ended without an outcome. */
  readonly outcome: Progress['state'] | 'invalid' | 'failed';
  readonly exitCode: number;
  readonly why: string | null;
  readonly steps: Progress['steps'];
  /** Every share that the router really moved to, in order. */
  readonly shares: readonly number[];
  readonly killSwitch: Progress['killSwitch'];
  readonly evidence: { readonly path: string; readonly manifest: string } | null;
  readonly home: string;
}

/** The end of a rehearsal for people: every step in the order in which it began. */
export function outcomeLines(result: RehearsalOutcome, width: number, paint: Paint): string[] {
  const { outcome, exitCode, why, steps, shares, killSwitch, evidence, home } = result;
  const lines: Part[][] = [
    [['bold', 'steps']],
    ...steps.map(({ id, status, summary, startedAt, endedAt, reasons }): Part[] => [
      '  ',
      markOf(status),
      ` ${id.padEnd(24)}${durationOf({ startedAt, endedAt }).padStart(8)}  `,
      ['dim', status === 'passed' ? summary : reasons.join('; ')],
    ]),
    [],
    [`outcome      `, [outcome === 'live' ? 'green' : 'red', outcome], `  (exit code ${exitCode})`],
    ...(why === null ? [] : [[`because      ${why}`]]),
    [`traffic      ${shares.length === 0 ? 'never moved' : `${shares.join(' → ')} %`}`],
    [`kill switch  ${killSwitch}`],
  ];
  // Never cut: these are for copying.
  const paths = evidence === null ? [] : [`evidence     ${evidence.path}`, `manifest     ${evidence.manifest}`];
  return [...lines.map((parts) => line(parts, width, paint)), ...paths, `files        ${home}`];
}
