import { JUDGES, type JudgeName } from './judges.ts';
import type { Bar, Figures, ResultRow, Results } from './results.ts';
import { GROUPS, REQUESTS_PER_SECOND, type Group } from './scenarios.ts';

const TITLES: Record<Group, string> = {
  healthy: 'Healthy plans of 29 hours: how many are stopped',
  broken: 'Half an hour of trouble from the start: how many are stopped, and after how long',
  'barely-seen': 'As few requests as a pass needs: how many pass although they should not',
  correlated:
    'Requests that resemble each other, which the statistic does not expect: how many healthy plans are stopped',
  late: 'Trouble after twenty good hours of the last watch: how many are stopped, and after how long',
};

const RULES: Record<JudgeName, string> = {
  golive: 'golive',
  threshold: 'threshold',
  'threshold-of-ten': '10 × threshold',
  'rank-95': 'rank 5 %',
  'rank-98': 'rank 98 %',
};

/** The results as tables for a terminal. */
export function tablesOf({ seed, plans, rows, bars }: Results): string {
  return [
    `Seed ${seed}. ${REQUESTS_PER_SECOND} requests a second at 100 %, a sample every ten seconds. golive judges ${plans} healthy plans in each row.`,
    ...GROUPS.flatMap((group) => ['', TITLES[group], tableOf(rows.filter((row) => row.group === group))]),
    '',
    'Each rule but golive holds a sample of the same plans against its own idea of well: a threshold each limit in each',
    'minute (stops at the first or the tenth minute outside), rank a Mann-Whitney test every five minutes against a baseline.',
    'Times are until half | nine in ten of all plans were stopped. "early": stopped before the trouble began.',
    '',
    ...bars.map(describeBar),
  ].join('\n');
}

function tableOf(rows: readonly ResultRow[]): string {
  const judges = JUDGES.filter((judge) => rows.some((row) => row.judges[judge] !== undefined));
  const cells = [
    ['', ...judges.map((judge) => RULES[judge])],
    ...rows.map(({ scenario, group, judges: figures }) => [
      `  ${scenario}`,
      ...judges.map((judge) => describe(group, figures[judge])),
    ]),
  ];
  const widths = ['', ...judges].map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function describe(group: Group, figures: Figures | undefined): string {
  if (figures === undefined) return '';
  const { stopped, held, passed, early, half, nineInTen } = figures;
  switch (group) {
    case 'healthy':
    case 'correlated':
      return held === 0 ? percent(stopped) : `${percent(stopped)}, ${percent(held)} held`;
    case 'barely-seen':
      return `${percent(passed)} passed`;
    case 'broken':
    case 'late': {
      const times = half === null ? '' : `, ${duration(half)} | ${nineInTen === null ? '-' : duration(nineInTen)}`;
      const mistakes = early > 0 ? `, ${percent(early)} early` : passed > 0 ? `, ${percent(passed)} passed` : '';
      return `${percent(stopped - early)}${times}${mistakes}`;
    }
  }
}

function describeBar({ name, share, atMost, limit, state }: Bar): string {
  return `${state.toUpperCase().padEnd(9)}  ${name}: ${percent(share)}, at most ${percent(atMost)}; promised ${percent(limit)}`;
}

function percent(share: number): string {
  return share > 0 && share < 0.1 ? `${(100 * share).toFixed(2)} %` : `${Math.round(100 * share)} %`;
}

function duration(seconds: number): string {
  return seconds < 600
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
}
