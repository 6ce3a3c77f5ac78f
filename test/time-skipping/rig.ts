import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { TASK_QUEUE } from '../../src/domain/ids.ts';
import type { MessageName } from '../../src/domain/messages.ts';
import type { Answer } from '../../src/domain/receive.ts';
import type { Progress, Waiting } from '../../src/domain/run.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { stillAlive } from '../../src/worker/still-alive.ts';
import { fakeActivities, ON_GUARD, type Fakes } from '../support/fakes.ts';
import { examplePlan } from '../support/plans.ts';
import { serverPath } from '../support/servers.ts';
import { SERVER_LOST_A_TASK } from './server-lost-a-task.ts';

type Handle = Awaited<ReturnType<Client['workflow']['start']>>;

/** A message that somebody sends. */
export interface Said {
  readonly name: MessageName;
  readonly body: object;
}

/** What people say when they are asked; an empty list leaves the question open. */
export type People = (waiting: Waiting, progress: Progress) => readonly Said[];

/** This server refuses a task that cancels a call at the very moment at which the call ends, and then forgets the task. */
const FORGOTTEN = 'ACTIVITY_UNKNOWN';
let hasForgotten = false;

const logger = new DefaultLogger('WARN', (entry) => {
  if (JSON.stringify([entry.message, entry.meta]).includes(FORGOTTEN)) hasForgotten = true;
  else if (entry.level === 'ERROR') console.error(entry.message, entry.meta);
});
Runtime.install({ logger, telemetryOptions: { logging: { filter: 'WARN', forward: {} } } });

const POLL = 15;
/** After so many looks at which nothing had changed, something waits for time to pass. */
const STILL = 4;
const A_WHILE = 5 * 60_000;
/** Real time for what a test waits for. */
const PATIENCE = 30_000;
/** The journal is written, and people are told, beside the story. */
export const SOON = { timeout: 10_000 };
/** A timer runs from the end of the workflow task in which its deadline was computed. */
const TIMER_STARTS_LATER = 50;
const ENDED: readonly Progress['state'][] = ['live', 'rolled-back', 'rejected', 'canceled', 'destroyed'];

/** The people of the example plan, who say yes to everything that is asked of them. */
export const helpful: People = (waiting, { plan }) => {
  switch (waiting.kind) {
    case 'approval':
      return ['ben@acme.example', 'chi@acme.example']
        .slice(waiting.have, waiting.need)
        .map((by) => ({ name: 'approve', body: { gate: waiting.what, by, plan } }));
    case 'attestation': {
      const [owner = ''] = waiting.from;
      const by = owner.includes('@') ? owner : 'ben@acme.example';
      const { what: control, facts } = waiting;
      const seen = facts === undefined ? {} : { facts };
      return [{ name: 'attest', body: { control, by, plan, statement: 'looked at it', ...seen } }];
    }
    case 'review': {
      const verdicts = (waiting.items ?? []).map((id) => ({ id, correct: true }));
      return [{ name: 'review', body: { sample: waiting.what, by: 'dee@acme.example', plan, verdicts } }];
    }
    case 'recheck':
    case 'hands':
    case 'resume':
      return [];
  }
};

/** People who leave alone what is named (the gate, control or step, or the kind of question). */
export const helpfulExceptFor =
  (...open: readonly string[]): People =>
  (waiting, progress) =>
    open.includes(waiting.what) || open.includes(waiting.kind) ? [] : helpful(waiting, progress);

/** The type of the failure with which a workflow ended. */
export function typeOf(failure: unknown): string | undefined {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  return cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined;
}

const failureOf = (result: Promise<unknown>): Promise<unknown> =>
  result.then(
    () => undefined,
    (error: unknown) => error,
  );

/** One go-live on the server whose clock skips. */
export class GoLive {
  readonly handle: Handle;
  readonly fakes: Fakes;
  readonly #environment: TestWorkflowEnvironment;
  readonly #peopleSay: (name: MessageName, body: object) => Promise<unknown>;

  constructor(handle: Handle, fakes: Fakes, environment: TestWorkflowEnvironment, by: 'update' | 'signal') {
    this.handle = handle;
    this.fakes = fakes;
    this.#environment = environment;
    this.#peopleSay =
      by === 'update' ? (name, body) => this.say(name, body) : (name, body) => handle.signal<[object]>(name, body);
  }

  progress(): Promise<Progress> {
    return this.handle.query<Progress>('progress');
  }

  /** Sends a message as an update and answers what the sender is told. */
  say(name: MessageName, body: object): Promise<Answer> {
    return this.handle.executeUpdate<Answer, [object]>(name, { args: [body] });
  }

  /** People answer and time passes until the progress is as wanted (or the run has ended). */
  async until(wanted: (progress: Progress) => boolean, people: People = helpful): Promise<Progress> {
    let seen = '';
    let still = 0;
    for (const began = performance.now(); performance.now() - began < PATIENCE && !hasForgotten;) {
      const progress = await this.progress();
      if (wanted(progress) || ENDED.includes(progress.state)) return progress;
      const said = progress.waitingFor.flatMap((waiting) => people(waiting, progress));
      for (const { name, body } of said) await this.#peopleSay(name, body);
      const now = JSON.stringify(progress);
      still = now === seen && said.length === 0 ? still + 1 : 0;
      seen = now;
      if (still < STILL) {
        await delay(POLL);
        continue;
      }
      await this.#letTimePass(progress);
      still = 0;
    }
    return this.#giveUp(`did not come to pass: ${seen}`);
  }

  /** People answer and time passes until the run has ended; answers its result or throws its failure. */
  async end(people: People = helpful): Promise<unknown> {
    await this.until(() => false, people);
    return this.handle.result();
  }

  /** People answer and time passes until the run has failed; answers its failure. */
  async failure(people: People = helpful): Promise<unknown> {
    await this.until(() => false, people);
    return failureOf(this.handle.result());
  }

  /** Nobody says anything any more: time skips from deadline to deadline until the run has failed. */
  silence(): Promise<unknown> {
    return failureOf(this.handle.result());
  }

  /** Epoch milliseconds by the clock that skips. */
  now(): Promise<number> {
    return this.#environment.currentTimeMs();
  }

  /** Lets so much time pass by the clock that skips. */
  async sleep(milliseconds: number): Promise<void> {
    const alarm = new AbortController();
    const tooLong = delay(PATIENCE, undefined, { signal: alarm.signal }).then(() =>
      this.#giveUp('the clock does not skip: some activity is under way'),
    );
    await Promise.race([this.#environment.sleep(milliseconds), tooLong]).finally(() => alarm.abort());
  }

  /** Resolves once no activity is under way. To cancel one at the moment at which it ends is what the server cannot do. */
  async idle(): Promise<void> {
    for (;;) {
      const { raw } = await this.handle.describe();
      // The server calls the guard started between two attempts as well, where it always is.
      if ((raw.pendingActivities ?? []).every(({ lastFailure }) => lastFailure?.message === ON_GUARD)) return;
      await delay(POLL);
    }
  }

  /** Sends a signal whose payload is what somebody typed, whatever it is. */
  async signalRaw(signalName: string, { encoding, data }: { encoding: string; data: string }): Promise<void> {
    const payload = { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) };
    await this.#environment.connection.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: this.handle.workflowId },
      signalName,
      input: { payloads: [payload] },
    });
  }

  async status(): Promise<string> {
    return (await this.handle.describe()).status.name;
  }

  /** Fails with what the server waits for. */
  async #giveUp(what: string): Promise<never> {
    const { raw } = await this.handle.describe();
    const pending = raw.pendingActivities ?? [];
    // The fakes answer at once, so what is neither answered nor tried again was lost between server and worker.
    const isLost = hasForgotten || pending.some(({ lastFailure }) => !lastFailure);
    const waitsFor = pending.map(({ activityType, state, attempt, lastFailure }) => {
      const name = activityType?.name ?? '';
      const calls = this.fakes.calls.filter((call) => call.name === name).length;
      return `${name} (state ${state}, attempt ${attempt}, called ${calls} times, ${lastFailure?.message ?? 'no failure'})`;
    });
    throw new Error([...(isLost ? [SERVER_LOST_A_TASK] : []), what, ...waitsFor].join('; '));
  }

  async #letTimePass({ state, step }: Progress): Promise<void> {
    const now = await this.now();
    // Not much beyond a deadline: where traffic flows somebody watches, and while an activity runs nothing can be skipped.
    const left = step?.deadline ? Date.parse(step.deadline) - now + TIMER_STARTS_LATER : 0;
    if (state === 'watching' || state === 'held') await this.sleep(Math.max(POLL, left));
    else if (state === 'rolling-back' || state === 'rollback-incomplete') await this.sleep(A_WHILE);
    else await delay(POLL);
  }
}

const TYPES = { KEYWORD: 2, INT: 3, KEYWORD_LIST: 7 } as const;

/** What a test wants otherwise. */
interface Setting {
  readonly answers?: Partial<Activities>;
  readonly args?: readonly unknown[];
  /** What is started. */
  readonly workflow?: 'goLive' | 'goLiveGuardian';
  /**
   * The worker knows nothing but the history at every task, as one that has just been started. People then send signals: this
   * server, unlike a real one, writes the events of an update in an order that does not replay.
   */
  readonly forgets?: boolean;
}

/**
 * Starts a go-live with these answers of the activities on a server of its own whose clock skips, and lets `story` see it
 * through. Of its own, because a run that is left behind with an activity under way keeps the clock from skipping for ever.
 */
export async function timeSkipping<T>(
  story: (run: GoLive) => Promise<T>,
  { answers = {}, args = [examplePlan()], workflow = 'goLive', forgets = false }: Setting = {},
): Promise<T> {
  hasForgotten = false;
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: serverPath('testServer') } },
  });
  try {
    const searchAttributes = Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, TYPES[type]]),
    );
    await environment.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
    const fakes = fakeActivities(answers);
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: fakes.activities,
      ...(forgets ? { maxCachedWorkflows: 0 } : {}),
      interceptors: { activity: [stillAlive] },
      // A watch that is relieved hears of it with its next heartbeat.
      maxHeartbeatThrottleInterval: '50ms',
    });
    return await worker.runUntil(async () => {
      const start = { workflowId: 'golive/of/the-test', taskQueue: TASK_QUEUE, args: [...args] };
      const handle = await environment.client.workflow.start(workflow, start);
      return story(new GoLive(handle, fakes, environment, forgets ? 'signal' : 'update'));
    });
  } finally {
    await environment.teardown();
  }
}
