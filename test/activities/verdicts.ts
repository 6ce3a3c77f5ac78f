import { mkdirSync, writeFileSync } from 'node:fs';
import type { Check } from './checks.ts';
import type { Outcome } from './outcome.ts';

/** A measurement under a fault, and what it said. */
interface Cell {
  readonly items: readonly string[];
  readonly fault: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
}

const FOLDER = '.golive/verdicts';

/** Collects what was said under which fault, for the table in `docs/checks.md` (`scripts/checks-table.mjs`). */
export class Verdicts {
  readonly #cells: Cell[] = [];

  note({ items }: Check, fault: string, outcome: Outcome): void {
    // A call that failed for good is a measurement that could not be made: so the workflow takes it.
    const verdict = outcome.kind === 'finding' ? outcome.finding.verdict : 'inconclusive';
    this.#cells.push({ items, fault, verdict });
  }

  write(name: string): void {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${FOLDER}/${name}.json`, JSON.stringify(this.#cells));
  }
}
