import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { Progress, Waiting } from '../domain/run.ts';
import { PEOPLE, sayingsFor, type Saying } from './answers.ts';

/** The line to a go-live. Both may fail at any time; what is said twice with one key must count once. */
export interface Conversation {
  readonly ask: () => Promise<Progress>;
  readonly say: (saying: Saying) => Promise<unknown>;
}

export interface Rehearsing {
  /** How many times faster than the real clock: people hurry as much. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

export type PeopleEnding = 'ended' | 'gave up' | 'stopped';

const LOOK_EVERY_MS = 200;
const ONE_CALL_MS = 5_000;

/**
 * Plays the people of a rehearsal: answers, through updates, whatever the go-live waits for. Resolves when the run has
 * ended, when nothing that people can say helps any more, or when `signal` is aborted; never rejects.
 */
export function playPeople(handle: WorkflowHandle, rehearsing: Rehearsing): Promise<PeopleEnding> {
  return converse(conversationWith(handle), rehearsing);
}

/** The same, whatever the line to the go-live is. */
export async function converse({ ask, say }: Conversation, { speed, signal }: Rehearsing): Promise<PeopleEnding> {
  const people = new People(speed);
  while (!signal.aborted) {
    const progress = await unlessItFails(ask);
    if (progress?.evidence) return 'ended';
    const due = progress ? people.due(progress, Date.now()) : [];
    if (due === 'give up') return 'gave up';
    for (const saying of due) {
      await unlessItFails(async () => {
        await say(saying);
        people.heard(saying);
      });
    }
    await unlessItFails(() => delay(LOOK_EVERY_MS, undefined, { signal }));
  }
  return 'stopped';
}

/** The id makes the server answer a repeated call with what the first one brought. */
function conversationWith(handle: WorkflowHandle): Conversation {
  const within = <T>(act: () => Promise<T>) => handle.client.withDeadline(Date.now() + ONE_CALL_MS, act);
  return {
    ask: () => within(() => handle.query<Progress>('progress')),
    say: ({ name, body, key }) => within(() => handle.executeUpdate(name, { args: [body], updateId: key })),
  };
}

/** A server or worker that is starting, restarting or closing: the next look finds out what became of it. */
async function unlessItFails<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch {
    return undefined;
  }
}

const MINUTE_MS = 60_000;
/** How long somebody thinks, in minutes of the plan; the second to approve takes twice as long as the first. */
const THINKING = { approval: 20, attestation: 10, review: 30, recheck: 20, resume: 20 } as const;
const PAUSE_MS = { least: 100, most: 5_000 };
/** Real time: what needs hands is mended by the world outside, which no clock makes faster. */
const BEFORE_RETRY_MS = 10_000;
const MOST_RETRIES = 3;

/** Something that will be said once its pause is over; without a saying nothing is left to say. */
interface Thought {
  readonly key: string;
  readonly pause: number;
  readonly saying: Saying | undefined;
}

/** What the people have seen and said. It decides who says what, and when, and knows no clock and no server. */
export class People {
  readonly #speed: number;
  readonly #since = new Map<string, number>();
  readonly #said = new Set<string>();
  /** How often a step was rechecked or retried. */
  readonly #repeated = new Map<string, number>();

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** What is to be said at `now` (epoch milliseconds). Only what {@link heard} confirms counts as said. */
  due({ waitingFor, plan, steps }: Progress, now: number): Saying[] | 'give up' {
    const thoughts = waitingFor.flatMap((waiting) => this.#thoughts(waiting, plan, steps));
    for (const key of this.#since.keys()) if (!thoughts.some((it) => it.key === key)) this.#since.delete(key);
    for (const { key } of thoughts) if (!this.#since.has(key)) this.#since.set(key, now);
    const ripe = thoughts.filter(({ key, pause }) => now - (this.#since.get(key) ?? now) >= pause);
    if (ripe.some(({ saying }) => saying === undefined)) return 'give up';
    return ripe.flatMap(({ saying }) => (saying === undefined || this.#said.has(saying.key) ? [] : [saying]));
  }

  heard({ key, name, body }: Saying): void {
    this.#said.add(key);
    const again = `${name} ${String(body['step'])}`;
    this.#repeated.set(again, (this.#repeated.get(again) ?? 0) + 1);
  }

  #thoughts(waiting: Waiting, plan: Progress['plan'], steps: Progress['steps']): Thought[] {
    const { kind, what, need } = waiting;
    const sayings = sayingsFor(waiting, plan);
    switch (kind) {
      case 'approval':
        return sayings.slice(0, need).map((saying, index) => this.#thought(saying, 'approval', index + 1));
      case 'recheck':
        return this.#times('recheck', what) === 0
          ? sayings.map((saying) => this.#thought(saying, 'recheck'))
          : [this.#thought(abortion(waiting, steps), 'recheck')];
      case 'hands':
        return sayings.map((saying) => this.#retry(saying, this.#times('retryRollback', what)));
      case 'attestation':
      case 'review':
      case 'resume':
        return sayings.map((saying) => this.#thought(saying, kind));
    }
  }

  #thought(saying: Saying, kind: keyof typeof THINKING, times = 1): Thought {
    const pause = (times * THINKING[kind] * MINUTE_MS) / this.#speed;
    return { key: saying.key, pause: Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, pause)), saying };
  }

  #retry(saying: Saying, times: number): Thought {
    const key = `${saying.key} ${times}`;
    return { key, pause: BEFORE_RETRY_MS, saying: times < MOST_RETRIES ? { ...saying, key } : undefined };
  }

  #times(name: 'recheck' | 'retryRollback', step: string): number {
    return this.#repeated.get(`${name} ${step}`) ?? 0;
  }
}

/** Blocked again after a recheck: nobody in a rehearsal mends the platform, so somebody ends it. */
function abortion({ what }: Waiting, steps: Progress['steps']): Saying {
  const problem = steps.find(({ id }) => id === what)?.reasons.join('; ') ?? '';
  const by = PEOPLE.rescuer;
  const reason = `${what} is still blocked: ${problem}`.slice(0, 1000);
  return { key: 'abort', name: 'abort', by, body: { by, reason } };
}
