import type { Asker } from '../../src/cli/ask.ts';
import { decideAndSend } from '../../src/cli/decisions/deliver.ts';
import type { Compose } from '../../src/cli/decisions/draft.ts';
import { unpainted } from '../../src/cli/screen/lines.ts';
import { wrapped } from '../../src/cli/screen/wrapped.ts';
import type { MessageName } from '../../src/domain/messages.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';
import type { Progress, Waiting } from '../../src/domain/run.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { digestOf } from '../../src/evidence/digest.ts';
import { examplePlan } from '../support/plans.ts';
import { approval, progress, second, step } from './views.ts';

/** The moment at which everything here is decided, epoch milliseconds. */
export const NOW = Date.parse(second(42));
const DOCUMENT = examplePlan();
export const PLAN = { plan: planSchema.parse(DOCUMENT), digest: digestOf(DOCUMENT) };
export const SHOWN: Digest = `sha256:${'e'.repeat(64)}`;

/** A run that waits at its first gate, which one of two has approved. */
export const atGate = (patch: Partial<Waiting> = {}, more: Partial<Progress> = {}) =>
  progress({
    state: 'waiting',
    phase: 'rollout',
    plan: PLAN.digest,
    traffic: { percent: 0, confirmed: true },
    killSwitch: 'off',
    rehearsal: false,
    steps: [
      step('policy-set', { summary: '2 planned versions are active, nothing else' }),
      step('kill-switch-drill', { summary: 'a probe was denied 5 ms after the halt; attested by ben@acme.example' }),
      step('begin-traffic', { status: 'running', verdict: null, endedAt: null }),
    ],
    waitingFor: [approval({ shown: SHOWN, have: 1, given: ['ben@acme.example'], ...patch })],
    ...more,
  });

/** What was answered to each question, in order; whoever is asked for more has Ctrl-C as the answer. */
class Person implements Asker {
  readonly #answers: unknown[];
  readonly #log: (entry: string) => void;

  constructor(answers: readonly unknown[], log: (entry: string) => void) {
    this.#answers = [...answers];
    this.#log = log;
  }

  confirm(question: string): Promise<boolean> {
    return this.#answer(question) as Promise<boolean>;
  }

  text(question: string): Promise<string> {
    return this.#answer(question) as Promise<string>;
  }

  choose<Value extends string>(question: string): Promise<Value> {
    return this.#answer(question) as Promise<Value>;
  }

  chooseSome<Value extends string>(question: string): Promise<Value[]> {
    return this.#answer(question) as Promise<Value[]>;
  }

  async #answer(question: string): Promise<unknown> {
    this.#log(`asked: ${question.split('\n')[0]}`);
    if (this.#answers.length === 0) throw new Error('Ctrl-C');
    return this.#answers.shift();
  }
}

export interface Scene {
  readonly progress: Progress;
  /** Null where nobody says it; so it is with a key, unless a name is given too. */
  readonly by?: string | null;
  readonly key?: string;
  readonly yes?: true;
  /** Null where nobody can be asked. */
  readonly answers?: readonly unknown[] | null;
  readonly plan?: typeof PLAN | null;
}

/** Plays a decision on a line to a run that answers that everything counts. Tells what happened, in order. */
export async function played(name: MessageName, compose: Compose, scene: Scene) {
  const { key, by = key === undefined ? 'chi@acme.example' : null, yes, answers = null, plan = PLAN } = scene;
  const happened: string[] = [];
  const sent: { readonly name: MessageName; readonly body: object; readonly id: string }[] = [];
  const shown: string[] = [];
  const unsigned: string[] = [];
  const line = {
    workflowId: scene.progress.golive,
    progress: () => Promise.resolve(scene.progress),
    startedPlan: () => Promise.resolve(plan),
    send: (message: MessageName, body: object, id: string) => {
      happened.push(`sent: ${message}`);
      sent.push({ name: message, body, id });
      return Promise.resolve({ counted: true, text: 'counted 2 of 2', by: by ?? '' });
    },
  };
  const result = await decideAndSend(line, name, compose, {
    line,
    wish: { by: by === null ? undefined : by, key, yes },
    env: {},
    unsigned: (why) => unsigned.push(why),
    ask: answers === null ? undefined : new Person(answers, (entry) => happened.push(entry)),
    show: (paragraphs) => {
      happened.push('shown');
      shown.push(...paragraphs.flatMap((paragraph) => wrapped(paragraph, 80, unpainted)));
    },
    now: () => NOW,
  }).catch((error: unknown) => error as Error & { exitCode?: number });
  return { result, happened, sent, shown, unsigned };
}
