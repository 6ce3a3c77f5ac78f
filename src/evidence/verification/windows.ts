import { isDeepStrictEqual } from 'node:util';
import type { ShiftId, WindowId } from '../../domain/plan.ts';
import type { Plan } from '../../domain/plan-schema.ts';
import { shareTolerance } from '../../domain/share.ts';
import { alphaOfWindow } from '../../metrics/budget.ts';
import type { Look } from '../../metrics/recording.ts';
import { beginWatched, judgeWatched, watch, type Watched } from '../../metrics/watched.ts';
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

/** Two clocks: the workflow's, by which windows are counted, and the journal's of the same run. */
const CLOCK_TOLERANCE = 1_000;
const LONGEST_SAMPLE_INTERVAL = 1_000;

/** Every window that passed, watched once more from its raw samples and held against the plan. */
export function windowsOf(contents: Contents): Ruling {
  const wanted = wantedBy(contents.plan);
  const problems: BundleProblem[] = [];
  let [windows, looks] = [0, 0];
  for (const settled of contents.entries.filter(isOf('step-settled'))) {
    const want = wanted.get(settled.body.step);
    if (want === undefined || settled.body.status !== 'passed') continue;
    const watched = watchAgain(settled, want, contents);
    if (typeof watched === 'string')
      problems.push({ path: JOURNAL, why: `line ${settled.sequence}: ${settled.body.step}: ${watched}` });
    else looks += watched;
    windows += 1;
  }
  const says = [
    `${windows} windows were watched again from ${looks} raw samples: each was as long as the plan says, enough of it was observed, and every limit held.`,
  ];
  return ruled(
    'windows',
    problems,
    windows === 0 ? { open: ['No window of traffic passed, so there is none to look at.'] } : { says },
  );
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

/** How many samples the window passes with, judged from them alone, or why it does not. */
function watchAgain(settled: Entry<'step-settled'>, want: Wanted, contents: Contents): number | string {
  const { evidence } = settled.body;
  const facts = evidence === null ? undefined : contents.windows.get(evidence);
  if (facts === undefined) return 'passes without the facts of a window';
  const { request } = facts;
  const from = beginOf(facts, contents);
  const askedOtherwise = whyNotAsked(facts, from, want, contents.plan);
  if (askedOtherwise !== undefined) return askedOtherwise;
  const outOfTime = whyNotInTime(settled, { from, until: request.until }, contents.entries);
  if (outOfTime !== undefined) return outOfTime;
  const read = readLooks(facts.samples, contents.chunks);
  if (!read.ok) return read.why;
  const watched = watchAll(read.looks, from, request);
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(watched.piece.totals)), facts.totals))
    return 'the samples add up to something else';
  const now = Math.max(request.until, watched.piece.coverage.last ?? 0);
  const { limits, length, ordinal, percent } = request;
  const { verdict, reasons } = judgeWatched(watched, { length, now, limits, percent, alpha: alphaOfWindow(ordinal) });
  return verdict === 'pass' ? read.looks.length : `does not pass: ${reasons.join('; ')}`;
}

/** A window that was extended has facts of each stretch; they share its number, and it began with the first. */
function beginOf({ request }: WindowFacts, { windows }: Contents): number {
  const same = [...windows.values()].filter(
    ({ request: other }) => other.purpose === request.purpose && other.ordinal === request.ordinal,
  );
  return Math.min(...same.map((other) => other.request.from));
}

function whyNotAsked(
  { request }: WindowFacts,
  from: number,
  { length, percent }: Wanted,
  plan: Plan,
): string | undefined {
  const scaled = (milliseconds: number) => Math.max(1, Math.round(milliseconds / plan.clock.speed));
  if (request.purpose !== 'soak') return 'passes with the facts of a guard';
  if (request.percent !== percent) return `was watched at ${request.percent} %, the plan says ${percent} %`;
  if (request.length !== scaled(length) || request.until - from < request.length)
    return `was watched for ${Math.min(request.length, request.until - from)} ms, the plan says ${scaled(length)} ms`;
  if (!isDeepStrictEqual(request.limits, plan.limits)) return 'was held against other limits than the plan’s';
  if (request.sampleEvery > Math.max(LONGEST_SAMPLE_INTERVAL, scaled(plan.rollout.sampleEvery)))
    return `was looked at every ${request.sampleEvery} ms, the plan says ${scaled(plan.rollout.sampleEvery)} ms`;
  return undefined;
}

/** Nothing passes before its time is over, and nothing counts that was seen before it began. */
function whyNotInTime(
  settled: Entry<'step-settled'>,
  { from, until }: { readonly from: number; readonly until: number },
  entries: readonly Entry[],
): string | undefined {
  const { step } = settled.body;
  const begun = entries.findLast(
    (entry) => entry.kind === 'step-started' && entry.body.step === step && entry.sequence < settled.sequence,
  );
  if (begun === undefined || from < begun.at - CLOCK_TOLERANCE) return 'its window begins before the step';
  return settled.at < until - CLOCK_TOLERANCE ? 'passes before its window is over' : undefined;
}

function watchAll(
  looks: readonly Look[],
  from: number,
  { sampleEvery, limits, percent }: WindowFacts['request'],
): Watched {
  // Where a person moves the share no router names it, and the requests of the whole window have to show it.
  const isNamed = looks.some(({ share }) => share !== null);
  let watched = beginWatched(from, sampleEvery);
  for (const { snapshot, share } of looks) {
    if (snapshot === null) continue;
    watched = watch(watched, snapshot, limits, !isNamed || standsAt(share, percent)).watched;
  }
  return watched;
}

function standsAt(share: number | null, percent: number): boolean {
  if (share === null) return false;
  const isEnd = percent === 0 || percent === 100;
  return isEnd ? share === percent : Math.abs(share - percent) <= shareTolerance(percent);
}
