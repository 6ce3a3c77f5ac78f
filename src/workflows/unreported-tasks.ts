import { Commands, isAnswer, type Activate, type Activation, type Conclude, type Job } from './activations.ts';

/** What a run did last, as it will stand in its history once it is reported. */
interface Done {
  readonly at: string;
  /** Events of the history so far. */
  readonly length: number;
  /** Events that its commands become. */
  readonly leaves: number;
  /** Whether it was replayed, and so reported before. */
  readonly isReplayed: boolean;
  /** Whether it was asked anything since. */
  readonly wasAsked: boolean;
}

/** The end of the task before, and the two with which the next one begins. */
const AROUND_A_TASK = 3;
const UNREPORTED =
  'this was read for a question, and not for a task: the run is forgotten, and read anew for its next task';

/**
 * Lets no run go on from what it did for a question. One that reaches a worker by way of the whole history brings along what
 * happened since the last task, or a task that was handed to somebody who is gone; what the run does about it is reported to nobody, and
 * the next task begins in the middle, as no replay will: `docs/decisions/0016-a-question-is-no-task.md`.
 */
export class UnreportedTasks {
  readonly #commands = new Commands();
  #done: Done | undefined;
  #now: Activation | undefined;

  readonly activate: Activate = (input, next) => {
    const { activation, batchIndex } = input;
    const jobs = activation.jobs ?? [];
    if (jobs.every(({ queryWorkflow }) => queryWorkflow)) {
      if (this.#done !== undefined) this.#done = { ...this.#done, wasAsked: true };
    } else if (batchIndex === 0) {
      if (this.#done !== undefined && isUnreported(this.#done, activation)) throw new Error(UNREPORTED);
      this.#now = activation;
    }
    next(input);
  };

  readonly concludeActivation: Conclude = (input, next) => {
    const { commands } = next(input);
    if (!isAnswer(commands) && this.#now !== undefined) {
      const { isReplaying } = this.#now;
      const [at, length] = [momentOf(this.#now), Number(this.#now.historyLength)];
      const before = this.#done?.length === length ? this.#done.leaves : 0;
      const leaves = before + this.#commands.thatLeaveEvents(commands).length;
      this.#done = { at, length, leaves, isReplayed: isReplaying === true, wasAsked: false };
    }
    return { commands };
  };
}

/** Whether nobody has heard of what was done: something happened while no task has begun, or too little to hold what it leaves. */
function isUnreported({ at, length, leaves, isReplayed, wasAsked }: Done, next: Activation): boolean {
  const more = Number(next.historyLength) - length;
  if (next.isReplaying || more <= 0) return false;
  if (momentOf(next) === at) return true;
  if (isReplayed || !wasAsked) return false;
  const happened = (next.jobs ?? []).reduce((sum, job) => sum + eventsOf(job), 0);
  return more < leaves + happened + AROUND_A_TASK;
}

/** How many events a job stands for, at least. */
function eventsOf({ fireTimer, signalWorkflow, resolveActivity }: Job): number {
  if (resolveActivity) return resolveActivity.result?.cancelled ? 1 : 2;
  return fireTimer || signalWorkflow ? 1 : 0;
}

/** When the last task began, to the nanosecond. */
const momentOf = ({ timestamp }: Activation) => `${String(timestamp?.seconds)}.${timestamp?.nanos}`;
