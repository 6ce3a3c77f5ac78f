/** A number and its unit stay on one line. */
const SPACE = '\u00A0';

/** Counts in groups of three: `12 345`. */
export function counted(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, SPACE);
}

/** A share between 0 and 1 in percent: `0.50 %`; a dash where there is nothing to say. */
export function inPercent(share: number | null, digits = 2): string {
  return share === null ? '–' : `${(100 * share).toFixed(digits)}${SPACE}%`;
}

/** A latency: `60 ms`, `2.5 s`; a dash where there is nothing to say. Milliseconds. */
export function inTime(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  return milliseconds < 1000
    ? `${Number(milliseconds.toFixed(1))}${SPACE}ms`
    : `${Number((milliseconds / 1000).toFixed(2))}${SPACE}s`;
}
