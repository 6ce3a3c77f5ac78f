import { inUtc, iso } from '../../domain/instant.ts';
import { PHASES, rowOf, STEPS, type Phase } from '../../domain/plan.ts';
import { remediesFor } from '../../domain/remedies.ts';
import { consequenceOf } from '../../domain/requests.ts';
import type { Progress, RunState, StepRecord, Waiting } from '../../domain/run.ts';
import { askedOf, holdReasons, markOf, textOf } from './change-text.ts';
import { figureLines } from './figure-lines.ts';
import { bar, clock, line, unpainted, type Paint, type Part, type Style } from './lines.ts';
import type { View } from './view.ts';
import { paragraph, wrapped } from './wrapped.ts';

const EVENTS_SHOWN = 6;
const STEPS_SHOWN = 4;
const WAITING_SHOWN = 6;
const BAR_CELLS = 24;
const INDENT = 4;
/** How long a step of a rollback may take before somebody does it by hand. */
const GETS_ON_WITHIN_MS = 60_000;

const STATE_STYLES: Readonly<Record<RunState, Style>> = {
  checking: 'cyan',
  blocked: 'yellow',
  waiting: 'yellow',
  held: 'yellow',
  watching: 'cyan',
  'rolling-back': 'red',
  'rollback-incomplete': 'inverse',
  live: 'green',
  'rolled-back': 'red',
  rejected: 'red',
  canceled: 'red',
  destroyed: 'red',
};

/** The live view: lines of at most `width` characters, the most important first, so that a small screen may cut the end. */
export function render(view: View, width: number, paint: Paint = unpainted): string[] {
  return linesOf(view).map((parts) => line(parts, width, paint));
}

/** The same for what is shown once and stays: nothing is cut, what is too long goes on below. */
export function renderWhole(view: View, width: number, paint: Paint = unpainted): string[] {
  return linesOf(view).flatMap((parts) => wrapped(paragraph(parts, INDENT), width, paint));
}

function linesOf(view: View): Line[] {
  const blocks = [header(view), phases(view.progress), current(view), figureLines(view), waiting(view), events(view)];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : [[], ...block]));
}

type Line = readonly Part[];

function header({ progress, now, startedAt, speed, uiUrl }: View): Line[] {
  const { state, traffic, killSwitch, release, rehearsal, trust, ending, notifications } = progress;
  const share = traffic.percent === null ? 'unknown' : `${traffic.percent} %`;
  const confirmed = traffic.percent === null ? '' : traffic.confirmed ? ' confirmed' : ' asked for, not confirmed yet';
  return [
    [
      ...(rehearsal ? [['inverse', ` REHEARSAL ×${speed} `] as const, ' '] : []),
      ['bold', progress.golive],
      `  release ${release ?? '…'}`,
    ],
    [
      [STATE_STYLES[state], state.toUpperCase()],
      '  traffic ',
      ['bold', share],
      confirmed,
      '  kill switch ',
      [killSwitch === 'off' ? 'dim' : 'red', killSwitch],
      `  elapsed ${clock(now - startedAt)}`,
      ...(trust === null ? [] : [['dim', `  trust ${trust}`] as const]),
    ],
    ...(ending ? [[['red', `stopped: ${ending.why}${ending.by === null ? '' : ` (${ending.by})`}`] as const]] : []),
    ...untold(notifications),
    ...(uiUrl === undefined ? [] : [[['dim', uiUrl] as const]]),
  ];
}

function untold({ failed, lastProblem }: Progress['notifications']): Line[] {
  if (lastProblem === null) return [];
  return [[['red', `${failed} times somebody could not be told, last: ${lastProblem.notice}: ${lastProblem.why}`]]];
}

function phases(progress: Progress): Line[] {
  return PHASES.filter((phase) => phase !== 'rollback' || progress.phase === 'rollback').map((phase) =>
    phaseLine(phase, progress),
  );
}

function phaseLine(phase: Phase, progress: Progress): Line {
  const planned = STEPS.filter((row) => row.phase === phase);
  const mine = progress.steps.filter((step) => step.phase === phase && planned.some(({ id }) => id === step.id));
  const passed = mine.filter(({ status }) => status === 'passed').length;
  const text = `${phase.padEnd(20)}${`${passed}/${planned.length}`.padStart(5)}`;
  const mark = passed === planned.length ? markOf('passed') : unfinishedMark(phase, mine.length > 0, progress);
  return [mark, ' ', mine.length === 0 ? ['dim', text] : text];
}

function unfinishedMark(phase: Phase, isBegun: boolean, { phase: now, ending }: Progress): Part {
  if (ending !== null && phase !== 'rollback') return isBegun ? markOf('stopped') : ['dim', '○'];
  return phase === now ? markOf('running') : ['dim', '○'];
}

function current({ progress, now }: View): Line[] {
  const open = progress.steps.filter(({ status }) => status === 'running' || status === 'blocked');
  const lines = open.slice(-STEPS_SHOWN).flatMap((step) => openStepLines(step, now));
  return open.length > STEPS_SHOWN ? [...lines, [['dim', `  and ${open.length - STEPS_SHOWN} more steps`]]] : lines;
}

function openStepLines(step: StepRecord, now: number): Line[] {
  const { id, title, status, startedAt, deadline, reasons } = step;
  return [
    [markOf(status), ' ', ['bold', id.padEnd(24)], ...timeLeft(startedAt, deadline, now), ['dim', `  ${title}`]],
    ...(status === 'blocked' ? reasons.map((reason): Line => [['yellow', `    ${reason}`]]) : []),
    ...(status === 'blocked' || doesNotGetOn(step, now) ? remedyLines(id) : []),
  ];
}

/** Where nothing answers, a step of a rollback goes on trying and says nothing. */
function doesNotGetOn({ id, status, startedAt }: StepRecord, now: number): boolean {
  return status === 'running' && rowOf(id).kind === 'rollback' && now - Date.parse(startedAt) > GETS_ON_WITHIN_MS;
}

function remedyLines(id: string): Line[] {
  return remediesFor(id).map((remedy) => [['dim', `    ${remedy}`]]);
}

function timeLeft(startedAt: string, deadline: string | null, now: number): Part[] {
  const since = Date.parse(startedAt);
  if (deadline === null) return [`${clock(now - since)} so far`];
  const until = Date.parse(deadline);
  return [['cyan', bar((now - since) / Math.max(1, until - since), BAR_CELLS)], ` ${clock(until - now)} left`];
}

function waiting({ progress, now }: View): Line[] {
  const groups = asGroups(progress.waitingFor);
  const more = groups.length - WAITING_SHOWN;
  if (groups.length === 0) return [];
  return [
    [['bold', 'waiting for']],
    ...groups.slice(0, WAITING_SHOWN).flatMap((group) => waitingLines(group, now)),
    ...(more > 0 ? [[['dim', `  and ${more} more`] as const]] : []),
    ...consequence(progress),
  ];
}

/** What becomes of the earliest deadline that nobody keeps. */
function consequence(progress: Progress): Line[] {
  const [earliest] = progress.waitingFor
    .flatMap((waiting) => (waiting.until === null ? [] : [{ waiting, until: waiting.until }]))
    .toSorted((one, other) => one.until.localeCompare(other.until));
  return earliest === undefined ? [] : [[['dim', `  ${consequenceOf(earliest.waiting, progress)}`]]];
}

/** The attestations of one person are one line: at the start there are a dozen of them. */
function asGroups(waitingFor: readonly Waiting[]): Waiting[] {
  const groups = new Map<string, Waiting>();
  for (const waiting of waitingFor) {
    const { kind, what, from } = waiting;
    const key = kind === 'attestation' ? `${kind} ${from.join()}` : `${kind} ${what}`;
    const group = groups.get(key);
    groups.set(key, group === undefined ? waiting : { ...group, what: `${group.what}, ${what}` });
  }
  return [...groups.values()];
}

function waitingLines(waiting: Waiting, now: number): Line[] {
  const { from, until } = waiting;
  const time = until === null ? '  ' : `  ${clock(Date.parse(until) - now)} left, until ${timeOf(until, now)}: `;
  return [
    [time, ['yellow', askedOf(waiting)], from.length === 0 ? '' : `, from ${from.join(', ')}`],
    ...holdReasons(waiting).map((reason): Line => [['yellow', `    ${reason}`]]),
  ];
}

/** With the day, unless it is today. */
function timeOf(until: string, now: number): string {
  return until.slice(0, 10) === iso(now).slice(0, 10) ? `${until.slice(11, 19)} UTC` : inUtc(until);
}

function events({ events, startedAt }: View): Line[] {
  const latest = events.slice(-EVENTS_SHOWN);
  const lines = latest.map(({ at, change }): Line => [
    ['dim', `${clock(at - startedAt).padStart(6)}  `],
    ...textOf(change),
  ]);
  return latest.length === 0 ? [] : [[['bold', 'last events']], ...lines];
}
