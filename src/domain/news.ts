import {
  hasGoneBack,
  isTrafficAtStake,
  reasonsOf,
  requestCommand,
  requestInWords,
  requestLines,
  subjectOf,
} from './requests.ts';
import { signalCommand } from './commands.ts';
import type { HoldCause, Occasion } from './notices.ts';
import { rowOf, type StepId } from './plan.ts';
import { remediesFor } from './remedies.ts';
import type { Reminder } from './reminders.ts';
import type { Outcome, Progress } from './run.ts';
import type { Severity } from './severity.ts';

/** An occasion in words, before it is made to fit. */
export interface News {
  readonly subject: string;
  readonly severity: Severity;
  /** The whole story in one line, the most important first. */
  readonly story: string;
  readonly lines: readonly string[];
  readonly command: string | null;
}

/** What there is to say on this occasion, and how bad it is. */
export function newsOf(occasion: Occasion, progress: Progress): News {
  switch (occasion.kind) {
    case 'awaited':
      return awaited(occasion, progress);
    case 'settled':
      return relief(occasion.subject, `Settled: ${occasion.subject}`);
    case 'approvals-void':
      return approvalsVoid(occasion);
    case 'breach':
      return critical(ROLLBACK, `BREACH: ${occasion.why}`, ['The rollback begins by itself.']);
    case 'held':
      return held(occasion, progress);
    case 'rollback':
      return rollback(progress);
    case 'hands':
    case 'not-done':
      return stuck(occasion, progress);
    case 'done':
      return relief(handsFor(occasion.step), `Done after all: ${occasion.step}`);
    case 'unseen':
      return critical(UNSEEN, `BLIND: ${occasion.why}`, [
        'Nothing is moved meanwhile. If it lasts, the go-live is stopped and rolled back.',
      ]);
    case 'seen':
      return relief(UNSEEN, 'The traffic can be seen again');
    case 'unrecorded':
      return unrecorded;
    case 'recorded':
      return relief(UNRECORDED, 'The journal can be written again');
    case 'taken-over':
      return critical(ROLLBACK, `TAKEN OVER: ${occasion.why}`, [
        occasion.left === 'seal' ? ONLY_THE_SEAL : ONLY_DRILLS,
        `Look at ${progress.golive}.`,
      ]);
    case 'ended':
      return ended(progress);
  }
}

function held({ why, about }: Extract<Occasion, { kind: 'held' }>, { waitingFor }: Progress): News {
  const resume = waitingFor.find(({ kind }) => kind === 'resume')?.how ?? null;
  return critical(HOLD, `HELD: ${why}`, [PUT_RIGHT[about]], resume);
}

const PUT_RIGHT = {
  share:
    'Put it right at the router as docs/operations.md says, see that it is in force, and only then resume; or abort.',
  guardian:
    'Another guardian is being started. Find out who ends workflows in this namespace and see that it stops, and only then resume; or abort.',
} as const satisfies Record<HoldCause, string>;

const ONLY_THE_SEAL = 'The outcome was decided already: nothing is moved, only the evidence is sealed.';
export const ONLY_DRILLS = 'No traffic has moved; what drills have left behind is taken back.';

/** The same subject as that of the resume that is awaited. */
const HOLD = 'hold';
export const ROLLBACK = 'rollback';
const UNSEEN = 'traffic unseen';
const UNRECORDED = 'journal';

const unrecorded: News = {
  subject: UNRECORDED,
  severity: 'warning',
  story: 'The journal cannot be written',
  lines: ['It is tried again until it can. The run stays open until it is recorded.'],
  command: null,
};

const relief = (subject: string, story: string): News => ({
  subject,
  severity: 'info',
  story,
  lines: [],
  command: null,
});

function critical(subject: string, story: string, lines: readonly string[], command: string | null = null): News {
  return { subject, severity: 'critical', story, lines, command };
}

function awaited(reminder: Reminder, progress: Progress): News {
  const [first] = reminder.waiting;
  return {
    subject: (first && subjectOf(first)) ?? 'awaited',
    severity: severityOf(reminder, progress),
    story: requestInWords(reminder, progress),
    lines: requestLines(reminder, progress),
    command: requestCommand(reminder, progress),
  };
}

/** To be asked is no alarm; that nothing goes on, that nobody has answered for long, or that a tenant stays halted is one. */
function severityOf({ urgency, waiting }: Reminder, progress: Progress): Severity {
  switch (urgency) {
    case 'first':
      return progress.killSwitch === 'on' || waiting.some(({ kind }) => kind === 'recheck') ? 'warning' : 'info';
    case 'reminder':
      return 'warning';
    case 'last':
      return isTrafficAtStake(progress) || progress.killSwitch !== 'off' ? 'critical' : 'warning';
  }
}

/** The gate is asked for anew in a notice of its own. */
function approvalsVoid({ gate, why }: Extract<Occasion, { kind: 'approvals-void' }>): News {
  return {
    subject: `approval of ${gate}`,
    severity: 'warning',
    story: `Approvals of ${gate} are void: ${why}`,
    lines: ['They are asked for anew.'],
    command: null,
  };
}

function rollback({ ending }: Progress): News {
  const why = ending?.why ?? 'the go-live was stopped';
  return critical(ROLLBACK, `ROLLBACK begins: ${why}`, [
    ...(ending === null || ending.by === null ? [] : [`By ${ending.by}.`]),
    'Kill switch on, traffic to its safe share, previous policies back; then people release the kill switch.',
  ]);
}

const UNTOLD = 'It is being repeated; the last error stands in the Temporal UI under Pending Activities.';

const handsFor = (step: StepId) => `hands for ${step}`;

function stuck(occasion: Extract<Occasion, { kind: 'hands' | 'not-done' }>, progress: Progress): News {
  const { step } = occasion;
  const isAsked =
    occasion.kind === 'hands' || progress.waitingFor.some(({ kind, what }) => kind === 'hands' && what === step);
  const problem = occasion.kind === 'hands' ? occasion.problem : reasonsOf(step, progress);
  const opening = occasion.kind === 'hands' ? 'HANDS NEEDED for' : 'STILL NOT DONE:';
  return critical(
    handsFor(step),
    `${opening} ${step}${problem === '' ? '' : `: ${problem}`}`,
    [
      `Not done yet: ${rowOf(step).title}.`,
      problem === '' ? UNTOLD : `Why: ${problem}`,
      ...remediesFor(step).map((remedy) => `What to do: ${remedy}`),
      ...(isAsked ? ['Then have it tried again.'] : []),
    ],
    isAsked ? signalCommand(progress.golive, 'retryRollback', { by: 'you', step }) : null,
  );
}

const ENDINGS: Readonly<Record<Outcome, string>> = {
  live: 'LIVE: the go-live is complete',
  'rolled-back': 'ROLLED BACK: the platform is in its safe state',
  rejected: 'REJECTED before traffic: nothing is live',
  canceled: 'CANCELED: the platform is in its safe state',
  destroyed: 'DESTROYED: its guardian has brought the platform into its safe state',
};

function endOf(progress: Progress): string {
  const { state } = progress;
  if (!Object.hasOwn(ENDINGS, state)) return `Ended: ${state}`;
  if (state === 'destroyed' && !hasGoneBack(progress))
    return 'DESTROYED: no traffic had to be taken back, the evidence is sealed';
  return ENDINGS[state as Outcome];
}

function ended(progress: Progress): News {
  const { ending, evidence } = progress;
  return {
    subject: 'end',
    severity: 'info',
    story: endOf(progress),
    lines: [
      ...(ending === null ? [] : [`Stopped${ending.by === null ? '' : ` by ${ending.by}`}: ${ending.why}`]),
      ...(evidence === null ? [] : [`Evidence: ${evidence.path} (${evidence.manifest})`]),
    ],
    command: null,
  };
}
