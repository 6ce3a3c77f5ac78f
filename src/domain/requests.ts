import { signalCommand } from './commands.ts';
import { inUtc } from './instant.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { remediesFor } from './remedies.ts';
import type { Reminder, Urgency } from './reminders.ts';
import type { Progress, Waiting } from './run.ts';
import { vouchingCommand } from './vouching.ts';

/** What people are told of together and what is over together; null where they are told in another way. */
export function subjectOf({ kind, what, from }: Waiting): string | null {
  switch (kind) {
    case 'approval':
      return `approval of ${what}`;
    case 'attestation':
      return `attestations by ${from.join(', ')}`;
    case 'review':
      return 'review of denials';
    case 'recheck':
      return 'blocked steps';
    case 'resume':
      return 'hold';
    case 'hands':
      return null;
  }
}

/** What is asked of people, in one line for the screen of a phone. */
export function requestInWords({ urgency, waiting }: Reminder, progress: Progress): string {
  const [first] = waiting;
  if (first === undefined) return '';
  if (first.kind === 'recheck') return blockedInWords(urgency, waiting, progress);
  return [`${OPENINGS[urgency]} ${wishOf(first, waiting)}`, until(waiting), addressee(first)].join('');
}

/** What else those who are asked have to know, a line each. */
export function requestLines({ waiting }: Reminder, progress: Progress): string[] {
  const [first] = waiting;
  const consequence = first?.until ? [consequenceOf(first, progress)] : [];
  return [...waiting.flatMap((it) => linesOf(it, progress)), ...consequence];
}

/** What they have to type, for all of it at once; null where there is more to do than that. */
export function requestCommand({ waiting }: Reminder, progress: Progress): string | null {
  const [first] = waiting;
  // It would find every denial correct, for somebody who has not seen one of them.
  if (first?.kind === 'review' && progress.trust !== 'signed') return null;
  if (first?.kind === 'attestation') return vouchingCommand(progress, waiting);
  if (first?.kind === 'recheck' && waiting.length > 1)
    return signalCommand(progress.golive, 'recheck', { by: PLACEHOLDERS.by });
  return first?.how ?? null;
}

const OPENINGS: Readonly<Record<Urgency, string>> = { first: 'Please', reminder: 'Reminder:', last: 'Last call:' };

function wishOf({ kind, what, have, need }: Waiting, all: readonly Waiting[]): string {
  switch (kind) {
    case 'approval':
      return need > 1 ? `approve ${what} (${have} of ${need})` : `approve ${what}`;
    case 'attestation':
      return all.length > 1 ? `attest ${all.length} controls` : `attest ${what}`;
    case 'review':
      return need - have === 1 ? 'review a denial' : `review ${need - have} denials`;
    case 'resume':
      return 'resume or abort';
    case 'recheck':
    case 'hands':
      return `look at ${what}`;
  }
}

/** The earliest deadline counts. */
function until(waiting: readonly Waiting[]): string {
  const [earliest] = waiting.flatMap((it) => it.until ?? []).toSorted();
  return earliest === undefined ? '' : ` until ${inUtc(earliest)}`;
}

function addressee({ kind, what, from }: Waiting): string {
  if (kind === 'attestation') return `, ${from.join(', ')}`;
  return kind === 'resume' ? `, ${what}` : '';
}

function blockedInWords(urgency: Urgency, waiting: readonly Waiting[], progress: Progress): string {
  const opening = urgency === 'first' ? 'Blocked' : `${OPENINGS[urgency]} blocked${until(waiting)}`;
  const [only, ...more] = waiting.map(({ what }) => what);
  if (only === undefined || more.length > 0)
    return `${opening}, ${waiting.length} steps: ${[only, ...more].join(', ')}`;
  return `${opening}, ${only}: ${reasonsOf(only, progress)}`;
}

/** Why a step does not pass; empty as long as it says nothing. */
export function reasonsOf(id: string, { steps }: Progress): string {
  return steps.find((step) => step.id === id)?.reasons.join('; ') ?? '';
}

function linesOf({ kind, what, have, need, from, about = [] }: Waiting, progress: Progress): string[] {
  switch (kind) {
    case 'approval':
      return [`From ${from.join(', ')}: ${have} of ${need} so far.`];
    case 'attestation':
      return [about.length > 0 ? `- ${what}: ${about.join('; ')}` : `- ${what}`];
    case 'review':
      return [
        `From ${from.join(', ')}: ${have} of ${need} so far; ${about.join('; ')}.`,
        'The denials stand in the current details of the run.',
      ];
    case 'recheck':
      return [
        `- ${what}: ${reasonsOf(what, progress)}`,
        ...remediesFor(what).map((remedy) => `  What to do: ${remedy}`),
      ];
    case 'resume':
    case 'hands':
      return [];
  }
}

/** What becomes of a deadline that nobody keeps. */
export function consequenceOf({ what }: Waiting, progress: Progress): string {
  if (what === 'release-kill-switch') return 'After that the kill switch stays on, and hands are needed.';
  return isTrafficAtStake(progress)
    ? 'After that the go-live is stopped and rolled back.'
    : 'After that the go-live is stopped; no traffic has moved.';
}

const FIRST_SHIFT = 'low-traffic';

/** Once the first shift was asked for, whoever lets a deadline pass takes traffic back. */
export function isTrafficAtStake({ steps, traffic }: Progress): boolean {
  const shift = steps.find(({ id }) => id === FIRST_SHIFT);
  return shift !== undefined && (shift.status === 'passed' || !traffic.confirmed);
}

/** Whether traffic was taken back, or has begun to be. */
export function hasGoneBack({ steps }: Pick<Progress, 'steps'>): boolean {
  return steps.some(({ id }) => id === 'kill-switch-on');
}
