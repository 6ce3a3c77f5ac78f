import type { TrafficFigures } from '../../domain/run.ts';
import { figuresOf } from '../../metrics/figures.ts';
import { looksOf, type Look } from '../../metrics/recording.ts';
import { addTotals, difference, NOTHING, type Baseline, type Totals } from '../../metrics/window.ts';
import type { Contents } from './contents.ts';

/** One column of a chart. Times are epoch milliseconds. */
export interface TrafficPoint extends TrafficFigures {
  readonly from: number;
  readonly until: number;
  /** What the router named last, in percent. */
  readonly percent: number | null;
}

/** All the traffic that was looked at, whoever looked at it, in at most `most` stretches of equal length. */
export function trafficOf({ chunks }: Contents, most: number): readonly TrafficPoint[] {
  const looks = [...chunks.values()].flatMap(looksOf).sort((one, other) => one.at - other.at);
  const [first, last] = [looks.at(0), looks.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return [];
  const width = (last.at - first.at) / Math.min(most, looks.length);
  const stretches = new Map<number, { totals: Totals; percent: number | null }>();
  let baseline: Baseline | undefined;
  for (const look of looks) {
    const index = Math.min(most - 1, Math.floor((look.at - first.at) / width));
    const stretch = stretches.get(index) ?? { totals: NOTHING, percent: null };
    const step = stepTo(look, baseline);
    baseline = step.baseline;
    stretches.set(index, { totals: addTotals(stretch.totals, step.totals), percent: look.share ?? stretch.percent });
  }
  return [...stretches].map(([index, { totals, percent }]) => {
    const from = first.at + index * width;
    return { from, until: from + width, percent, ...figuresOf(totals) };
  });
}

/** What happened since the look before. Two watchers look at the same counters, sometimes at the same moment. */
function stepTo(
  { snapshot }: Look,
  baseline: Baseline | undefined,
): { readonly totals: Totals; readonly baseline: Baseline | undefined } {
  if (snapshot === null) return { totals: NOTHING, baseline };
  if (baseline === undefined) return { totals: NOTHING, baseline: snapshot };
  const step = difference(baseline, snapshot);
  return step === undefined ? { totals: NOTHING, baseline } : { totals: step.totals, baseline: step.baseline };
}
