import { isDeepStrictEqual } from 'node:util';
import type { ShiftId, WindowId } from '../../domain/plan.ts';
import type { Plan } from '../../domain/plan-schema.ts';
import { alphaOfWindow, LARGEST_GAP_INTERVALS, LEAST_COVERAGE } from '../../metrics/budget.ts';
import { coverageUntil } from '../../metrics/coverage.ts';
import type { Look } from '../../metrics/recording.ts';
import { judgeWindow } from '../../metrics/verdict.ts';
import { beginWatched, breachIn, observedUntil, watchForVerdict, type Watched } from '../../metrics/watched.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import { readLooks } from '../contents/samples.ts';
import type { WindowFacts } from '../contents/windows.ts';
import type { BundleProblem } from '../inspect.ts';
import { JOURNAL } from '../layout.ts';
import { ruled, type Ruling } from './ruling.ts';

/** A window as the plan wants it: milliseconds of the plan's clock at a share in percent. */
interface Wanted {
  readonly length: number;
  readonly percent: number;
}

/** A window that passed, watched once more from its raw samples. */
interface Again {
  readonly looks: number;
  /** Why not enough of it was observed. */
  readonly unseen: readonly string[];
  /** Why its limits did not hold. */
  readonly amiss: readonly string[];
}

/** Two clocks: the workflow's, by which windows are counted, and the journal's of the same run. */
const CLOCK_TOLERANCE = 1_000;
const SHORTEST_SAMPLE_INTERVAL = 1_000;

/** Every window that passed: whether enough of it was observed, and whether every limit held. */
export function windowsOf(contents: Contents): readonly [Ruling, Ruling] {
  const wanted = wantedBy(contents.plan);
  const unseen: BundleProblem[] = [];
  const amiss: BundleProblem[] = [];
  let [windows, looks] = [0, 0];
  for (const settled of contents.entries.filter(isOf('step-settled'))) {
    const { step, status } = settled.body;
    const want = wanted.get(step);
    if (want === undefined || status !== 'passed') continue;
    const again = watchAgain(settled, want, contents);
    const problem = (why: string) => ({ path: JOURNAL, why: `line ${settled.sequence}: ${step} ${why}` });
    unseen.push(...again.unseen.map(problem));
    amiss.push(...again.amiss.map(problem));
    looks += again.looks;
    windows += 1;
  }
  const none = { open: ['No window of traffic passed, so there is none to look at.'] };
  const seen = `All ${windows} windows of traffic that passed were as long as the plan says, and enough of each was observed: ${looks} raw samples were counted again.`;
  const held = `In each of them every limit of the plan held, judged again from the raw samples.`;
  return [
    ruled('coverage', unseen, windows === 0 ? none : { says: [seen] }),
    ruled('limits', amiss, windows === 0 ? none : { says: [held] }),
  ];
}

function wantedBy({ rollout: { lowTraffic, ramp, postLaunch } }: Plan): ReadonlyMap<string, Wanted> {
  const [quarter, half, all] = ramp;
  const wanted: [ShiftId | WindowId, Wanted][] = [
    ['steady-state', { length: lowTraffic.hold, percent: lowTraffic.percent }],
    ['ramp-25', { length: quarter.hold, percent: quarter.percent }],
    ['ramp-50', { length: half.hold, percent: half.percent }],
    ['ramp-100', { length: all.hold, percent: all.percent }],
    ['post-launch-watch', { length: postLaunch, percent: all.percent }],
  ];
  return new Map(wanted);
}

function watchAgain(settled: Entry<'step-settled'>, want: Wanted, contents: Contents): Again {
  const { evidence } = settled.body;
  const facts = evidence === null ? undefined : contents.windows.get(evidence);
  if (facts === undefined) return unwatched('passes without the facts of a window');
  const from = beginOf(facts, contents);
  const why = whyNotAsked(facts, from, want, contents.plan) ?? whyNotInTime(settled, facts, from, contents.entries);
  if (why !== undefined) return unwatched(why);
  const read = readLooks(facts.samples, contents.chunks);
  if (!read.ok) return unwatched(`cannot be watched again: ${read.why}`);
  const watched = watchAll(read.looks, from, facts.request);
  return {
    looks: read.looks.length,
    unseen: whyUnseen(watched, facts),
    amiss: whyAmiss(watched, facts, contents.plan),
  };
}

function unwatched(why: string): Again {
  return { looks: 0, unseen: [why], amiss: [] };
}

/** A window that was extended has facts of each stretch; they share its number, and it began with the first. */
function beginOf({ request }: WindowFacts, { windows }: Contents): number {
  const same = [...windows.values()].filter(
    ({ request: other }) => other.purpose === request.purpose && other.ordinal === request.ordinal,
  );
  return Math.min(...same.map((other) => other.request.from));
}

function whyNotAsked({ request }: WindowFacts, from: number, want: Wanted, plan: Plan): string | undefined {
  const scaled = (milliseconds: number) => Math.max(1, Math.round(milliseconds / plan.clock.speed));
  const length = scaled(want.length);
  const every = Math.max(SHORTEST_SAMPLE_INTERVAL, scaled(plan.rollout.sampleEvery));
  if (request.purpose !== 'soak') return 'passes with the facts of a guard';
  if (request.percent !== want.percent) return `was watched at ${request.percent} %, the plan says ${want.percent} %`;
  if (request.length !== length || request.until - from < length)
    return `was watched for ${request.until - from} of ${request.length} ms, the plan says ${length} ms`;
  return request.sampleEvery > every
    ? `was looked at every ${request.sampleEvery} ms, ${every} ms are the most`
    : undefined;
}

/** Nothing passes before its time is over, and nothing counts that was seen before it began. */
function whyNotInTime(
  settled: Entry<'step-settled'>,
  { request }: WindowFacts,
  from: number,
  entries: readonly Entry[],
): string | undefined {
  const { step } = settled.body;
  const begun = entries.findLast(
    (entry) => entry.kind === 'step-started' && entry.body.step === step && entry.sequence < settled.sequence,
  );
  if (begun === undefined || from < begun.at - CLOCK_TOLERANCE) return 'is watched from before it began';
  return settled.at < request.until - CLOCK_TOLERANCE ? 'passes before its window is over' : undefined;
}

function whyUnseen(watched: Watched, { request }: WindowFacts): string[] {
  const now = Math.max(request.until, watched.piece.coverage.last ?? 0);
  const observed = observedUntil(watched, now) / request.length;
  const { largestGap } = coverageUntil(watched.piece.coverage, now);
  const why: string[] = [];
  if (!(observed >= LEAST_COVERAGE)) why.push(`was observed for ${(100 * observed).toFixed(1)} % of its time`);
  if (!(largestGap <= LARGEST_GAP_INTERVALS * request.sampleEvery))
    why.push(`ends with ${Math.round(largestGap)} ms that nobody saw`);
  return why;
}

function whyAmiss(watched: Watched, { request, totals: claimed }: WindowFacts, plan: Plan): readonly string[] {
  const { limits, ordinal, percent } = request;
  const { totals } = watched.piece;
  if (!isDeepStrictEqual(limits, plan.limits)) return ['was held against other limits than the plan’s'];
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(totals)), claimed))
    return ['has samples that add up to something else'];
  const alpha = alphaOfWindow(ordinal);
  const breach = breachIn(watched, limits, alpha);
  // How much was observed is the other rule's business.
  const coverage = { samples: 1, share: 1, largestGap: 0, every: 1 };
  const { verdict, reasons } = judgeWindow({ totals, coverage, limits, breach, alpha, percent });
  return verdict === 'pass' ? [] : [`does not pass: ${reasons.join('; ')}`];
}

function watchAll(looks: readonly Look[], from: number, { sampleEvery, percent }: WindowFacts['request']): Watched {
  // Where a person moves the share no router names it, and the requests of the whole window have to show it.
  const isNamed = looks.some(({ share }) => share !== null);
  let watched = beginWatched(from, sampleEvery);
  for (const { snapshot, share } of looks) {
    if (snapshot === null) continue;
    watched = watchForVerdict(watched, snapshot, !isNamed || share === percent).watched;
  }
  return watched;
}
