import { newsOf, ONLY_DRILLS, ROLLBACK } from './news.ts';
import type { GateId, StepId } from './plan.ts';
import type { Reminder } from './reminders.ts';
import type { Progress } from './run.ts';
import { isAtLeast, type Severity } from './severity.ts';
import { shareInWords } from './share.ts';
import { fit, oneLine } from './text.ts';

/** Why a go-live holds itself: the share, or its guardian, is not what it should be. */
export type HoldCause = 'share' | 'guardian';

/** Everything that people are told of; what it is about stands in the progress of the run. */
export type Occasion =
  | ({ readonly kind: 'awaited' } & Reminder)
  /** Nobody is awaited any more under this subject. */
  | { readonly kind: 'settled'; readonly subject: string }
  | { readonly kind: 'approvals-void'; readonly gate: GateId; readonly why: string }
  | { readonly kind: 'breach'; readonly why: string }
  | { readonly kind: 'held'; readonly why: string; readonly about: HoldCause }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'hands'; readonly step: StepId; readonly problem: string }
  | { readonly kind: 'not-done'; readonly step: StepId }
  | { readonly kind: 'done'; readonly step: StepId }
  | { readonly kind: 'unseen'; readonly why: string }
  | { readonly kind: 'seen' }
  | { readonly kind: 'unrecorded' }
  | { readonly kind: 'recorded' }
  /** A guardian takes over, and has no rollback to tell of: the outcome was decided already, or no traffic has moved. */
  | { readonly kind: 'taken-over'; readonly why: string; readonly left: 'seal' | 'drills' }
  | { readonly kind: 'ended' };

/** Something that people were told of and that is not over yet. */
export interface Matter {
  readonly key: string;
  /** The highest with which they were told. */
  readonly severity: Severity;
}

/** What people are told once. Every text is of one line. */
export interface Notice {
  /** The id of the workflow and the subject: notices of one key are about one matter. */
  readonly key: string;
  readonly severity: Severity;
  /** Matters that are over with it. */
  readonly ends: readonly Matter[];
  /** The whole story, in under 120 characters. */
  readonly summary: string;
  /** Which run it is, and how it stands. */
  readonly run: {
    readonly golive: string;
    /** Tenant and environment. */
    readonly place: string;
    readonly release: string;
    readonly traffic: string;
    readonly killSwitch: string;
    readonly rehearsal: boolean;
  };
  /** What else there is to know. */
  readonly lines: readonly string[];
  /** What to type, where that fits. */
  readonly command: string | null;
}

const LONGEST_SUMMARY = 119;
const LONGEST_PLACE = 44;
const LONGEST_LINE = 300;
const MOST_LINES = 14;
/** Nobody types more than this from a phone. */
const LONGEST_COMMAND = 700;
const LOOK_THERE = 'The command stands in the current details of the run.';

/** What people are told on this occasion; null when something is over that nobody was told of. */
export function noticeOf(occasion: Occasion, progress: Progress, open: readonly Matter[]): Notice | null {
  const { subject, severity, story, lines, command } = newsOf(occasion, progress);
  const key = keyOf(progress.golive, subject);
  const ends = endedBy(occasion, key, open);
  if (isRelief(occasion) && ends.length === 0) return null;
  const run = runOf(progress);
  const fits = command === null || command.length <= LONGEST_COMMAND;
  return {
    key,
    severity,
    ends,
    summary: summaryOf(story, run),
    run,
    lines: [...linesOf(lines), ...(fits ? [] : [LOOK_THERE])],
    command: fits ? command : null,
  };
}

/** A go-live that was lost, as its guardian finds it. */
export interface LostRun {
  /** The workflow that takes over. */
  readonly guardian: string;
  readonly why: string;
  readonly tenant: string;
  readonly environment: string;
  readonly release: string;
  readonly rehearsal: boolean;
  readonly trafficMayHaveMoved: boolean;
}

/**
 * What people are told of a loss by whoever finds it, before any workflow has taken over: the build that has wedged one may
 * have wedged them all. The notices of the rollback are about the same matter.
 */
export function noticeOfLoss({ guardian, why, trafficMayHaveMoved, ...lost }: LostRun): Notice {
  const run = runOf({ ...lost, golive: guardian, traffic: { percent: null, confirmed: false }, killSwitch: 'unknown' });
  const deeds = trafficMayHaveMoved
    ? 'The tenant is being halted, and the traffic goes to its safe share.'
    : ONLY_DRILLS;
  return {
    key: keyOf(guardian, ROLLBACK),
    severity: 'critical',
    ends: [],
    summary: summaryOf(`TAKEN OVER: ${why}`, run),
    run,
    lines: [
      deeds,
      `Decide at ${guardian} from now on. If that says nothing, its build is broken: roll the worker back.`,
    ],
    command: null,
  };
}

/** What all notices of a run on one subject have in common. */
export function keyOf(golive: string, subject: string): string {
  return `${golive} ${subject}`;
}

/** A notice as one text: the summary, how the run stands, what else there is to know, and what to type at the end. */
export function textOf({ summary, run, lines, command }: Notice): string {
  const standing = `Release ${run.release} · traffic ${run.traffic} · kill switch ${run.killSwitch}`;
  return [summary, standing, ...lines, ...(command === null ? [] : [command])].join('\n');
}

/** What is open once people were told of this. What is only good to know never is. */
export function openAfter(open: readonly Matter[], { key, severity, ends }: Notice): readonly Matter[] {
  const left = open.filter((matter) => !ends.some((ended) => ended.key === matter.key));
  if (severity === 'info') return left;
  const known = left.find((matter) => matter.key === key);
  const highest = known !== undefined && isAtLeast(known.severity, severity) ? known.severity : severity;
  return [...left.filter((matter) => matter !== known), { key, severity: highest }];
}

/** Whether this is for somebody who wants to hear of this severity and above: also the end of what was. */
export function isFor({ severity, ends }: Notice, least: Severity): boolean {
  return [severity, ...ends.map((matter) => matter.severity)].some((it) => isAtLeast(it, least));
}

/** With the rollback nothing else is awaited any more, and with the end nothing at all. */
function endedBy(occasion: Occasion, key: string, open: readonly Matter[]): readonly Matter[] {
  if (occasion.kind === 'ended') return open;
  if (occasion.kind === 'rollback') return open.filter((matter) => matter.key !== key);
  return isRelief(occasion) ? open.filter((matter) => matter.key === key) : [];
}

function isRelief({ kind }: Occasion): boolean {
  return kind === 'settled' || kind === 'done' || kind === 'seen' || kind === 'recorded';
}

type Standing = Pick<
  Progress,
  'golive' | 'tenant' | 'environment' | 'release' | 'traffic' | 'killSwitch' | 'rehearsal'
>;

function runOf({ golive, tenant, environment, release, traffic, killSwitch, rehearsal }: Standing): Notice['run'] {
  const place = `${tenant ?? '…'}/${environment ?? '…'}`;
  return { golive, place, release: release ?? '…', traffic: shareInWords(traffic), killSwitch, rehearsal };
}

function summaryOf(story: string, { place, rehearsal }: Notice['run']): string {
  const where = ` (${fit(place, LONGEST_PLACE)})`;
  return fit(`${rehearsal ? 'REHEARSAL: ' : ''}${oneLine(story)}`, LONGEST_SUMMARY - where.length) + where;
}

function linesOf(lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  const shown = lines.slice(0, MOST_LINES).map((line) => fit(oneLine(line), LONGEST_LINE));
  return more > 0 ? [...shown, `… and ${more} more`] : shown;
}
