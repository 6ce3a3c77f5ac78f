import type { StepRecord, StepStatus, Waiting } from '../../domain/run.ts';
import type { Change } from './changes.ts';
import type { Part, Style } from './lines.ts';

const MARKS: Readonly<Record<StepStatus, readonly [Style, string]>> = {
  running: ['cyan', '▶'],
  blocked: ['yellow', '⚠'],
  passed: ['green', '✔'],
  failed: ['red', '✖'],
  stopped: ['red', '✖'],
};

const ASKED: Readonly<Record<Waiting['kind'], string>> = {
  approval: 'approval of',
  attestation: 'attestation of',
  review: 'review of denials',
  recheck: 'recheck of',
  hands: 'hands for',
  resume: 'resume,',
};

/** How a step stands, as one glyph. */
export function markOf(status: StepStatus): Part {
  return MARKS[status];
}

/** What is waited for, without who and until when: `approval of begin-traffic, 1 of 2`. */
export function askedOf({ kind, what, have, need }: Waiting): string {
  const subject = kind === 'review' ? ASKED.review : `${ASKED[kind]} ${what}`;
  return need > 1 ? `${subject}, ${have} of ${need}` : subject;
}

/** Why a go-live is held; nothing for whatever else is waited for. */
export function holdReasons({ kind, about = [] }: Waiting): readonly string[] {
  return kind === 'resume' ? about : [];
}

/** A change as one line of text for people. */
export function textOf(change: Change): Part[] {
  switch (change.kind) {
    case 'state':
      return [['bold', `${change.phase}: ${change.state}`]];
    case 'step':
      return stepText(change.step);
    case 'traffic':
      return [['cyan', `traffic ${change.percent} %`], change.confirmed ? ' confirmed' : ' asked for'];
    case 'kill-switch':
      return [[change.position === 'off' ? 'green' : 'red', `kill switch ${change.position}`]];
    case 'waiting':
      return [['yellow', '… '], `waits for ${askedOf(change.waiting)}${from(change.waiting)}${why(change.waiting)}`];
    case 'refused':
      return [['red', `refused: ${change.name} by ${change.by}: ${change.why}`]];
    case 'untold': {
      const { notice, why } = change.problem;
      return [['red', `could not be told: ${notice} (${why})`]];
    }
    case 'stopped': {
      const { outcome, why, by } = change.ending;
      return [['red', `stopped, ${outcome}: ${why}${by === null ? '' : ` (${by})`}`]];
    }
    case 'silent': {
      const since = new Date(change.since).toISOString().slice(11, 19);
      return [['red', `no answer since ${since} UTC: this is how it stood then`]];
    }
    case 'heard-again':
      return [['green', 'answers again']];
    case 'sealed':
      return [['green', '✔ '], `evidence sealed: ${change.evidence.manifest}`];
  }
}

/** `0.4 s` between two ISO times; nothing for a step that has not ended. */
export function durationOf({ startedAt, endedAt }: Pick<StepRecord, 'startedAt' | 'endedAt'>): string {
  return endedAt === null ? '' : `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}

function stepText(step: StepRecord): Part[] {
  const mark = markOf(step.status);
  const name: Part = ['bold', step.id];
  switch (step.status) {
    case 'running':
      return [mark, ' ', name, ` ${step.title}`];
    case 'passed':
      return [mark, ' ', name, ` ${step.summary}`, ['dim', ` (${durationOf(step)})`]];
    case 'blocked':
    case 'failed':
    case 'stopped':
      return [mark, ' ', name, ` ${step.status}: ${step.reasons.join('; ')}`];
  }
}

function why(waiting: Waiting): string {
  return holdReasons(waiting)
    .map((reason) => `: ${reason}`)
    .join('');
}

function from({ from }: Waiting): string {
  return from.length === 0 ? '' : `, from ${from.join(', ')}`;
}
