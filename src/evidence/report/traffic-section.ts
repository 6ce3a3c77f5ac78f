import type { Plan } from '../../domain/plan-schema.ts';
import { rowOf } from '../../domain/plan.ts';
import type { Account, StepAccount } from '../contents/account.ts';
import type { Contents } from '../contents/contents.ts';
import { figuresOf } from '../../metrics/figures.ts';
import { trafficOf, type TrafficPoint } from '../contents/history.ts';
import type { WindowFacts } from '../contents/windows.ts';
import { chartOf, type Chart, type Mark } from './chart.ts';
import { html, NONE, type Markup } from './markup.ts';
import { counted, inPercent, inTime } from './numbers.ts';
import { linear, logarithmic } from './scale.ts';
import { lasting } from './times.ts';

const MOST_POINTS = 360;
const PHASES_WITH_TRAFFIC = ['rollout', 'post-launch'];

/** How the traffic went: four charts over one time, with the limits of the plan drawn in, and every window in figures. */
export function trafficSection(contents: Contents, account: Account): Markup {
  const points = trafficOf(contents, MOST_POINTS);
  if (points.length === 0) return NONE;
  const marks = marksOf(account);
  const charts = [shareChart, errorChart, allowChart, latencyChart].map((chart) =>
    chartOf(chart(points, marks, contents.plan)),
  );
  const largest = Math.max(...points.map(({ percent }) => percent ?? 0));
  return html`<section aria-labelledby="traffic">
    <h2 id="traffic">Traffic</h2>
    <p>
      ${counted(points.reduce((sum, { requests }) => sum + requests, 0))} requests were counted in
      ${lasting((points.at(-1)?.until ?? 0) - (points.at(0)?.from ?? 0))}, at up to ${largest} % of the traffic. Dashed
      lines are the limits of the plan, grey lines the beginnings of
      steps${account.stopped !== null && ', the red line the moment at which the go-live was stopped'}.
    </p>
    ${charts} ${windowsTable(contents, account)}
  </section>`;
}

function marksOf({ steps, stopped }: Account): readonly Mark[] {
  const begun = steps.filter(({ phase }) => PHASES_WITH_TRAFFIC.includes(phase));
  const marks = begun.map(({ startedAt, title }): Mark => ({ at: startedAt, name: title, look: 'step' }));
  return stopped === null ? marks : [...marks, { at: stopped.at, name: stopped.why, look: 'stop' }];
}

type ChartMaker = (points: readonly TrafficPoint[], marks: readonly Mark[], plan: Plan) => Chart;

const shareChart: ChartMaker = (points, marks) => ({
  id: 'chart-share',
  title: 'Share of the traffic through the platform',
  points,
  marks,
  limits: [],
  isFilled: true,
  description: `The share in percent over time. It ended at ${points.findLast(({ percent }) => percent !== null)?.percent ?? 0} %.`,
  lines: [{ name: 'share', look: 'one', of: ({ percent }) => percent }],
  ticks: [0, 25, 50, 100],
  label: (value) => `${value} %`,
  scale: (range) => linear([0, 100], range),
});

const errorChart: ChartMaker = (points, marks, { limits: { errorShare } }) => {
  const worst = Math.max(0, ...points.map((point) => point.errorShare ?? 0));
  const top = Math.min(1, Math.max(2 * errorShare, 1.1 * worst));
  return {
    id: 'chart-errors',
    title: 'Errors',
    points,
    marks,
    description: `The share of requests that failed, over time. The worst was ${inPercent(worst)}, the limit is ${inPercent(errorShare)}.`,
    lines: [{ name: 'errors', look: 'two', of: (point) => point.errorShare }],
    limits: [{ name: `≤ ${inPercent(errorShare)}`, at: errorShare, look: 'two' }],
    ticks: [0, top / 2, top],
    label: (value) => inPercent(value),
    scale: (range) => linear([0, top], range),
  };
};

const allowChart: ChartMaker = (points, marks, { limits: { allowShare } }) => {
  const seen = points.flatMap((point) => (point.allowShare === null ? [] : [point.allowShare]));
  const low = Math.max(0, Math.min(...seen, allowShare.min) - 0.05);
  const high = Math.min(1, Math.max(...seen, allowShare.max) + 0.02);
  return {
    id: 'chart-allowed',
    title: 'Allowed decisions',
    points,
    marks,
    description: `The share of decisions that allowed, over time. The plan wants it between ${inPercent(allowShare.min)} and ${inPercent(allowShare.max)}.`,
    lines: [{ name: 'allowed', look: 'three', of: (point) => point.allowShare }],
    limits: [
      { name: `≤ ${inPercent(allowShare.max, 0)}`, at: allowShare.max, look: 'three' },
      { name: `≥ ${inPercent(allowShare.min, 0)}`, at: allowShare.min, look: 'three' },
    ],
    ticks: [low, (low + high) / 2, high],
    label: (value) => inPercent(value, 0),
    scale: (range) => linear([low, high], range),
  };
};

const latencyChart: ChartMaker = (points, marks, { limits: { latencyMs } }) => {
  const seen = points.flatMap(({ p50, p99 }) => [p50, p99]).filter((value) => value !== null);
  const low = Math.min(5, ...seen);
  const high = 1.5 * Math.max(latencyMs.p99, ...seen);
  const percentiles = [
    ['p50', 'four'],
    ['p95', 'five'],
    ['p99', 'six'],
  ] as const;
  return {
    id: 'chart-latency',
    title: 'Latency',
    points,
    marks,
    description: `How long requests took at most: half of them, 95 % and 99 %, as upper edges of the histogram, over time. The limits are ${inTime(latencyMs.p50)}, ${inTime(latencyMs.p95)} and ${inTime(latencyMs.p99)}.`,
    lines: percentiles.map(([name, look]) => ({ name, look, of: (point: TrafficPoint) => point[name] })),
    limits: percentiles.map(([name, look]) => ({
      name: `${name} ≤ ${inTime(latencyMs[name])}`,
      at: latencyMs[name],
      look,
    })),
    ticks: [1, 10, 100, 1000, 10_000].filter((tick) => tick >= low && tick <= high),
    label: inTime,
    scale: (range) => logarithmic([low, high], range),
  };
};

function windowsTable({ windows, plan }: Contents, { steps }: Account): Markup {
  const rows = steps.flatMap((step) => {
    const facts = step.evidence === null ? undefined : windows.get(step.evidence);
    return facts === undefined ? [] : [windowRow(step, facts)];
  });
  if (rows.length === 0) return NONE;
  const { latencyMs, errorShare, allowShare, minimumRequests } = plan.limits;
  return html`<h3>Windows</h3>
    <div class="wide" tabindex="0" role="region" aria-label="Windows">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Window</th>
            <th scope="col">Share</th>
            <th scope="col">Watched for</th>
            <th scope="col">Requests</th>
            <th scope="col">Errors</th>
            <th scope="col">Allowed</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
          <tr class="limits">
            <th scope="row">Limits of the plan</th>
            <td></td>
            <td></td>
            <td>≥ ${counted(minimumRequests)}</td>
            <td>≤ ${inPercent(errorShare)}</td>
            <td>${inPercent(allowShare.min, 0)} to ${inPercent(allowShare.max, 0)}</td>
            <td>≤ ${inTime(latencyMs.p50)}</td>
            <td>≤ ${inTime(latencyMs.p95)}</td>
            <td>≤ ${inTime(latencyMs.p99)}</td>
            <td></td>
          </tr>
        </tbody>
      </table>
    </div>`;
}

function windowRow({ id, verdict }: StepAccount, { request, totals }: WindowFacts): Markup {
  const figures = figuresOf(totals);
  return html`<tr>
    <th scope="row">${rowOf(id).title}</th>
    <td>${request.percent} %</td>
    <td>${lasting(request.length)}</td>
    <td>${counted(figures.requests)}</td>
    <td>${inPercent(figures.errorShare)}</td>
    <td>${inPercent(figures.allowShare)}</td>
    <td>${inTime(figures.p50)}</td>
    <td>${inTime(figures.p95)}</td>
    <td>${inTime(figures.p99)}</td>
    <td><span class="verdict ${verdict ?? 'none'}">${verdict ?? '–'}</span></td>
  </tr>`;
}
