import { subjectOf } from './requests.ts';
import type { Progress, Waiting } from './run.ts';

/** How urgently people are asked: at first, at half of their time, and shortly before it is over. */
export const URGENCIES = ['first', 'reminder', 'last'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** People who are to be told now that they are awaited: everything of one subject at once. */
export interface Reminder {
  readonly urgency: Urgency;
  /** At least one. */
  readonly waiting: readonly Waiting[];
}

/** Since when a question is open (epoch milliseconds), and how often people were told of it. */
interface Heard {
  readonly since: number;
  readonly times: number;
}

/** What people have been told so far. */
export interface Memory {
  /** By the id of the question. */
  readonly questions: ReadonlyMap<string, Heard>;
  /** The subjects, with the steps that must not be open any more before such a one is over. */
  readonly subjects: ReadonlyMap<string, readonly string[]>;
}

export const NOTHING_TOLD: Memory = { questions: new Map(), subjects: new Map() };

/** What is so at one moment (epoch milliseconds). Durations are milliseconds of the plan's clock. */
export interface Moment {
  readonly at: number;
  /** Something is being measured that may lead to more questions of the same kind. */
  readonly measuring: boolean;
  /** How long the first question of a kind waits for others. */
  readonly gather: number;
  /** How long before the deadline the last reminder comes at the latest. */
  readonly shortest: number;
}

/** What follows from a look at the questions. */
export interface Look {
  readonly reminders: readonly Reminder[];
  /** Subjects that people were told of and that are over. */
  readonly over: readonly string[];
  readonly memory: Memory;
  /** When to look again even if nothing has changed, in epoch milliseconds. */
  readonly next: number | null;
}

interface Question extends Heard {
  readonly id: string;
  readonly subject: string;
  readonly waiting: Waiting;
  /** When people are told of it, by the urgency. */
  readonly schedule: readonly number[];
}

/** A last reminder comes when so much of the time is left. */
const LAST_SHARE = 0.1;

/** Who is to be told what at this moment. Pure: the same look at the same things says the same. */
export function lookAt(
  { waitingFor, steps }: Pick<Progress, 'waitingFor' | 'steps'>,
  before: Memory,
  moment: Moment,
): Look {
  const questions = waitingFor.flatMap((waiting) => questionOf(waiting, before, moment));
  const subjects = [...new Set(questions.map(({ subject }) => subject))];
  const told = subjects.flatMap((subject) =>
    dueOf(
      questions.filter((it) => it.subject === subject),
      moment,
    ),
  );
  const after = questions.map((question) => told.find(({ id }) => id === question.id) ?? question);
  const reminders = subjects.flatMap((subject) => reminderOf(told.filter((it) => it.subject === subject)));
  const over = [...before.subjects].flatMap(([subject, ids]) =>
    subjects.includes(subject) || isAnyOpen(steps, ids) ? [] : [subject],
  );
  const next = after.flatMap(({ schedule, times }) => schedule[times] ?? []);
  return {
    reminders,
    over,
    memory: {
      questions: new Map(after.map(({ id, since, times }) => [id, { since, times }])),
      subjects: subjectsAfter(before, over, told),
    },
    next: next.length === 0 ? null : Math.min(...next),
  };
}

/** Hands are told of where they are needed, and reminded of until it is done. */
function questionOf(waiting: Waiting, { questions }: Memory, moment: Moment): Question[] {
  const subject = subjectOf(waiting);
  if (subject === null) return [];
  const { kind, what, nonce = '', until } = waiting;
  const id = [kind, what, nonce, until ?? ''].join(' ');
  const { since, times } = questions.get(id) ?? { since: moment.at, times: 0 };
  return [{ id, subject, waiting, since, times, schedule: scheduleOf(waiting, since, moment) }];
}

/** Checks that run side by side come to their questions one after another: whoever is asked is told of them together. */
function scheduleOf({ kind, until }: Waiting, since: number, { measuring, gather, shortest }: Moment): number[] {
  const first = measuring && (kind === 'attestation' || kind === 'recheck') ? since + gather : since;
  if (until === null) return [first];
  const deadline = Date.parse(until);
  const whole = deadline - since;
  const half = Math.ceil(since + whole / 2);
  const last = Math.ceil(deadline - Math.max(whole * LAST_SHARE, shortest));
  return last > half ? [first, half, last] : [first, half];
}

/** Once one question of a subject is due, those that soon will be are told of as well; answers them as told. */
function dueOf(questions: readonly Question[], { at, gather }: Moment): Question[] {
  const isDue =
    (by: number) =>
    ({ schedule, times }: Question) =>
      (schedule[times] ?? Infinity) <= by;
  if (!questions.some(isDue(at))) return [];
  return questions
    .filter(isDue(at + gather))
    .map((question) => ({ ...question, times: question.schedule.filter((time) => time <= at + gather).length }));
}

function reminderOf(told: readonly Question[]): Reminder[] {
  const urgency = URGENCIES[Math.max(0, ...told.map(({ times }) => times)) - 1];
  return urgency === undefined ? [] : [{ urgency, waiting: told.map(({ waiting }) => waiting) }];
}

/** A step that was asked to be repeated is not over before it has passed. */
function isAnyOpen(steps: Progress['steps'], ids: readonly string[]): boolean {
  return steps.some(({ id, status }) => ids.includes(id) && (status === 'running' || status === 'blocked'));
}

function subjectsAfter({ subjects }: Memory, over: readonly string[], told: readonly Question[]): Memory['subjects'] {
  const after = new Map([...subjects].filter(([subject]) => !over.includes(subject)));
  for (const { subject, waiting } of told) {
    const steps = waiting.kind === 'recheck' ? [waiting.what] : [];
    after.set(subject, [...new Set([...(after.get(subject) ?? []), ...steps])]);
  }
  return after;
}
