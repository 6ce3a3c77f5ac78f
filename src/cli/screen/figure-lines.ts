import type { Part } from './lines.ts';
import type { View } from './view.ts';

/** Older than this, a figure is no longer news: the watch samples at least every second in a rehearsal. */
const STALE_AFTER_MS = 15_000;

/** What the watch measures beside what the plan allows; nothing while nobody watches. */
export function figureLines({ figures, limits, now }: Pick<View, 'figures' | 'limits' | 'now'>): Part[][] {
  if (figures === null || limits === null) return [];
  const { latencyMs, errorShare, allowShare, minimumRequests } = limits;
  const silent = now - figures.at > STALE_AFTER_MS ? `no data for ${Math.round((now - figures.at) / 1000)} s` : null;
  const trouble = figures.problem ?? silent;
  const latency = (name: 'p50' | 'p95' | 'p99') =>
    row(
      name,
      milliseconds(figures[name]),
      `at most ${milliseconds(latencyMs[name])}`,
      standing(figures[name], { max: latencyMs[name] }, trouble),
    );
  const shares = `${percent(allowShare.min)} to ${percent(allowShare.max)}`;
  return [
    [
      ['bold', 'live'],
      `  ${count(figures.requests)} requests seen, at least ${count(minimumRequests)} needed`,
      ...(trouble === null ? [] : [['red', `  ${trouble}`] as const]),
    ],
    latency('p50'),
    latency('p95'),
    latency('p99'),
    row(
      'errors',
      percent(figures.errorShare),
      `at most ${percent(errorShare)}`,
      standing(figures.errorShare, { max: errorShare }, trouble),
    ),
    row('allowed', percent(figures.allowShare), shares, standing(figures.allowShare, allowShare, trouble)),
  ];
}

/** In plain output, where a line is all there is: `250 requests, p50 3 ms, …`. */
export function figureSentence({ figures }: Pick<View, 'figures'>): string | undefined {
  if (figures === null) return undefined;
  const { requests, p50, p95, p99, errorShare, allowShare, problem } = figures;
  const latency = `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)}`;
  const shares = `errors ${percent(errorShare)}, allowed ${percent(allowShare)}`;
  return `${count(requests)} requests, ${latency}, ${shares}${problem === null ? '' : `, ${problem}`}`;
}

function row(name: string, value: string, limit: string, verdict: Part): Part[] {
  return [`  ${name.padEnd(8)}${value.padStart(10)}   `, ['dim', limit.padEnd(22)], verdict];
}

/** How a figure stands to its limit. What is missing or no longer measured is never "ok". */
function standing(
  value: number | null,
  { min = 0, max }: { readonly min?: number; readonly max: number },
  trouble: string | null,
): Part {
  if (value === null) return ['yellow', 'no data'];
  if (value < min || value > max) return ['red', 'OUTSIDE'];
  return trouble === null ? ['green', 'ok'] : ['yellow', 'old data'];
}

function milliseconds(value: number | null): string {
  return value === null ? '–' : `${value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ms`;
}

function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(2)} %`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
