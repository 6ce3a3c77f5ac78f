import type { TrafficPoint } from '../contents/history.ts';
import { html, type Markup } from './markup.ts';
import { linear, moments, type Scale } from './scale.ts';
import { clock } from './times.ts';

/** One line of a chart; `name` is shown at its end, `look` is a class of the style sheet. */
export interface Line {
  readonly name: string;
  readonly look: string;
  readonly of: (point: TrafficPoint) => number | null;
}

/** A limit of the plan, drawn in. */
export interface LimitLine {
  readonly name: string;
  readonly at: number;
  readonly look: string;
}

/** Something that happened at one moment, in epoch milliseconds. */
export interface Mark {
  readonly at: number;
  readonly name: string;
  readonly look: 'step' | 'stop';
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What is to be seen, for those who cannot see it. */
  readonly description: string;
  readonly points: readonly TrafficPoint[];
  readonly lines: readonly Line[];
  readonly limits: readonly LimitLine[];
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
  /** Makes the vertical scale for a range of coordinates. */
  readonly scale: (range: readonly [number, number]) => Scale;
  readonly marks: readonly Mark[];
  readonly isFilled?: boolean;
}

const WIDTH = 760;
const HEIGHT = 176;
const PLOT = { left: 58, right: WIDTH - 92, top: 14, bottom: HEIGHT - 26 };
/** Nearer together, names would lie upon each other. */
const LINE_HEIGHT = 13;

/** A chart over time as SVG. Without points it says so. */
export function chartOf(chart: Chart): Markup {
  const { id, title, description, points } = chart;
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined) return html`<p class="quiet">${title}: nothing was sampled.</p>`;
  const x = linear([first.from, last.until], [PLOT.left, PLOT.right]);
  const y = chart.scale([PLOT.bottom, PLOT.top]);
  return html`<figure class="chart" tabindex="0">
    <figcaption id="${id}-title">${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-text">
      <desc id="${id}-text">${description}</desc>
      ${gridOf(chart, y)} ${axisOf(first.from, last.until, x)} ${marksOf(chart, x, [first.from, last.until])}
      ${limitsOf(chart, y)} ${chart.lines.map((line) => pathsOf(line, chart, x, y))} ${namesOf(chart, y)}
    </svg>
  </figure>`;
}

function gridOf({ ticks, label }: Chart, y: Scale): Markup {
  return html`${ticks.map(
    (tick) =>
      html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at(y(tick))}" y2="${at(y(tick))}" /><text
          class="tick"
          x="${PLOT.left - 7}"
          y="${at(y(tick) + 3.5)}"
          text-anchor="end"
          >${label(tick)}</text
        >`,
  )}`;
}

function axisOf(from: number, until: number, x: Scale): Markup {
  return html`<line
      class="axis"
      x1="${PLOT.left}"
      x2="${PLOT.right}"
      y1="${PLOT.bottom}"
      y2="${PLOT.bottom}"
    />${moments(from, until).map(
      (tick) =>
        html`<text class="tick" x="${at(x(tick))}" y="${PLOT.bottom + 17}" text-anchor="middle"
          >${clock(tick, until - from)}</text
        >`,
    )}`;
}

function marksOf({ marks }: Chart, x: Scale, [from, until]: readonly [number, number]): Markup {
  const seen = marks.filter(({ at: when }) => when >= from && when <= until);
  return html`${seen.map(
    ({ at: when, name, look }) =>
      html`<line class="mark ${look}" x1="${at(x(when))}" x2="${at(x(when))}" y1="${PLOT.top}" y2="${PLOT.bottom}"
        ><title>${name}</title></line
      >`,
  )}`;
}

function limitsOf({ limits }: Chart, y: Scale): Markup {
  return html`${limits.map(
    ({ at: limit, look }) =>
      html`<line
        class="limit ${look}"
        x1="${PLOT.left}"
        x2="${PLOT.right}"
        y1="${at(y(limit))}"
        y2="${at(y(limit))}"
      />`,
  )}`;
}

/** A line is broken where nobody looked. */
function pathsOf({ of, look }: Line, { points, isFilled = false }: Chart, x: Scale, y: Scale): Markup {
  const runs: string[][] = [[]];
  let before: TrafficPoint | undefined;
  for (const point of points) {
    const value = of(point);
    const isNext = before !== undefined && point.from - before.until < (point.until - point.from) / 2;
    if (!isNext || value === null) runs.push([]);
    before = point;
    if (value !== null)
      runs.at(-1)?.push(`${at(x(point.from))},${at(y(value))}`, `${at(x(point.until))},${at(y(value))}`);
  }
  return html`${runs
    .filter((run) => run.length > 0)
    .map((run) => html`${isFilled && areaUnder(run)}<polyline class="line ${look}" points="${run.join(' ')}" />`)}`;
}

function areaUnder(run: readonly string[]): Markup {
  const [left, right] = [run.at(0)?.split(',')[0], run.at(-1)?.split(',')[0]];
  return html`<polygon class="area" points="${left},${PLOT.bottom} ${run.join(' ')} ${right},${PLOT.bottom}" />`;
}

/** Names stand at the right edge beside what they name, moved apart where they would touch. */
function namesOf({ lines, limits, points }: Chart, y: Scale): Markup {
  const names = [
    ...limits.map(({ name, at: limit, look }) => ({ name, look: `limit-name ${look}`, y: y(limit) })),
    ...lines.flatMap(({ name, of, look }) => {
      const value = points.map(of).findLast((each) => each !== null);
      return value === undefined || value === null ? [] : [{ name, look, y: y(value) }];
    }),
  ].sort((one, other) => one.y - other.y);
  let lowest = -Infinity;
  return html`${names.map(({ name, look, y: wanted }) => {
    lowest = Math.max(wanted, lowest + LINE_HEIGHT);
    return html`<text class="name ${look}" x="${PLOT.right + 7}" y="${at(lowest + 3.5)}">${name}</text>`;
  })}`;
}

function at(coordinate: number): string {
  return coordinate.toFixed(1);
}
