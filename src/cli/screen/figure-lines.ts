import type { Part } from './lines.ts';
import type { View } from './view.ts';

/** Older than this, a figure is no longer news: the watch samples at least every second in a rehearsal. */
const STALE_AFTER_MS = 15_000;

/** What the watch measures beside what the plan allows; nothing while nobody watches. */
export function figureLines({ figures, limits, now }: Pick<View, 'figures' | 'limits' | 'now'>): Part[][] {
  if (figures === null) return [];
  const { latencyMs, errorShare, allowShare, minimumRequests } = limits;
  const trouble =
    figures.problem ?? (now - figures.at > STALE_AFTER_MS ? `no data for ${age(now - figures.at)}` : null);
  return [
    [
      ['bold', 'live'],
      `  ${count(figures.requests)} requests seen, at least ${count(minimumRequests)} needed`,
      ...(trouble === null ? [] : [['red', `  ${trouble}`] as const]),
    ],
    row('p50', milliseconds(figures.p50), `at most ${milliseconds(latencyMs.p50)}`, atMost(figures.p50, latencyMs.p50)),
    row('p95', milliseconds(figures.p95), `at most ${milliseconds(latencyMs.p95)}`, atMost(figures.p95, latencyMs.p95)),
    row('p99', milliseconds(figures.p99), `at most ${milliseconds(latencyMs.p99)}`, atMost(figures.p99, latencyMs.p99)),
    row(
      'errors',
      percent(figures.errorShare),
      `at most ${percent(errorShare)}`,
      atMost(figures.errorShare, errorShare),
    ),
    row(
      'allowed',
      percent(figures.allowShare),
      `${percent(allowShare.min)} to ${percent(allowShare.max)}`,
      figures.allowShare === null
        ? undefined
        : figures.allowShare >= allowShare.min && figures.allowShare <= allowShare.max,
    ),
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

/** `undefined` is "not measured", which is not the same as inside. */
function row(name: string, value: string, limit: string, inside: boolean | undefined): Part[] {
  const verdict: Part = inside === undefined ? ['yellow', 'no data'] : inside ? ['green', 'ok'] : ['red', 'OUTSIDE'];
  return [`  ${name.padEnd(8)}${value.padStart(10)}   `, ['dim', limit.padEnd(22)], verdict];
}

function atMost(value: number | null, limit: number): boolean | undefined {
  return value === null ? undefined : value <= limit;
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

function age(passed: number): string {
  return `${Math.round(passed / 1000)} s`;
}
