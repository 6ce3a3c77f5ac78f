import { CancellationScope, CancelledFailure, condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Scope } from '../activities/index.ts';
import { closeAsk, EMPTY_DESK, isAnswered, keyOf, openAsk, type Ask } from '../domain/desk.ts';
import { detailsOf } from '../domain/details.ts';
import { deadlineLabelOf, labelOf } from '../domain/labels.ts';
import type { JournalBodies, JournalKind } from '../domain/journal.ts';
import type { HoldCause } from '../domain/notices.ts';
import { rowOf, type StepId } from '../domain/plan.ts';
import { progressOf, type RunFacts } from '../domain/progress.ts';
import type { Outcome, Progress, StepRecord, StepStatus } from '../domain/run.ts';
import type { Finding } from '../domain/verdict.ts';
import { Journal, type JournalWriter } from './journal.ts';
import { Mail } from './mail.ts';
import { handleMessages } from './messages.ts';
import { Notices } from './notices.ts';
import { showSearchAttributes, type SearchAttributeValues } from './search-attributes.ts';
import { UnderWay } from './under-way.ts';
import { Undos, type Undo } from './undos.ts';

const MOST_EVENTS = 30_000;

/** Whose run it is. A guardian drives one in the place of the go-live that it has lost. */
export interface Identity {
  /** The workflow that people send their messages to. */
  readonly golive: string;
  /** The go-live that the evidence is about. */
  readonly ward: string;
  /** Id of the first run of the go-live: names of changes and the folder of the evidence come from it. */
  readonly chain: string;
  readonly writer: JournalWriter;
}

/**
 * One run as it stands: its facts, what people are asked, and the one way to stop it. Everything that shows
 * the run to somebody (query, details, search attributes) hangs on {@link Run.change}.
 */
export class Run {
  readonly ward: string;
  readonly chain: string;
  readonly #writer: JournalWriter;
  #facts: RunFacts;
  #progress: Progress | undefined;
  #journal: Journal | undefined;
  #unjournaled: ((journal: Journal) => void)[] = [];
  #shown: SearchAttributeValues = {};
  #isStale = false;
  #isJournalClosed = false;
  readonly #forward = new CancellationScope();
  readonly underWay = new UnderWay();
  readonly undos = new Undos();
  readonly mail = new Mail(this);
  readonly notices = new Notices(this);

  constructor({ golive, ward, chain, writer }: Identity) {
    this.ward = ward;
    this.chain = chain;
    this.#writer = writer;
    this.#facts = {
      golive,
      tenant: null,
      environment: null,
      release: null,
      rehearsal: false,
      trust: null,
      plan: null,
      phase: 'preflight',
      steps: [],
      traffic: { percent: null, confirmed: false },
      killSwitch: 'unknown',
      notifications: { failed: 0, lastProblem: null },
      ending: null,
      outcome: null,
      evidence: null,
      desk: EMPTY_DESK,
      heldUntil: null,
    };
    void CancellationScope.nonCancellable(() => this.#showChanges());
    handleMessages({ receive: (name, args) => this.mail.receive(name, args), progress: () => this.progress });
  }

  get facts(): RunFacts {
    return this.#facts;
  }

  /** What people see of the facts, put in words once for every change: several look at it before the next one. */
  get progress(): Progress {
    this.#progress ??= progressOf(this.#facts);
    return this.#progress;
  }

  change(patch: Partial<RunFacts>): void {
    this.#facts = { ...this.#facts, ...patch };
    this.#progress = undefined;
    this.#isStale = true;
  }

  /** Shows the run as it stands. By itself this happens once for every time the run moves on, not for every change. */
  show(): void {
    this.#isStale = false;
    setCurrentDetails(detailsOf(this.progress));
    this.#shown = showSearchAttributes(this.progress, this.#shown);
  }

  /**
   * Runs the story in a scope that {@link Run.stop} and Temporal's cancel can end. It ends at once: a rollback must not wait
   * for a call that happens to be under way.
   */
  forward<T>(story: () => Promise<T>): Promise<T> {
    return this.#forward.run(async () => {
      this.requireForward();
      const told = story();
      const stopped = CancellationScope.current().cancelRequested.catch((error: unknown) => {
        // With the seal the outcome is decided: what comes after it comes too late.
        if (this.#facts.desk.closed) return told;
        throw error;
      });
      return Promise.race([told, stopped]);
    });
  }

  /** @throws {CancelledFailure} when the run was stopped: nothing of the story begins any more */
  requireForward(): void {
    if (this.#facts.ending !== null) throw new CancelledFailure('stopped');
  }

  /** Once the plan is admitted there is a place to write to; what was recorded before is written first. */
  openJournal({ folder }: Scope): void {
    this.#journal = new Journal(folder, this.#writer, (kind) => this.notices.tell({ kind }));
    for (const record of this.#unjournaled) record(this.#journal);
  }

  record<Kind extends JournalKind>(kind: Kind, body: JournalBodies[Kind]): void {
    if (this.#isJournalClosed) return;
    if (this.#journal) this.#journal.record(kind, body);
    else this.#unjournaled.push((journal) => journal.record(kind, body));
  }

  /** After its last entry nothing is recorded any more: the seal names the end of the journal. */
  closeJournal(): void {
    this.#isJournalClosed = true;
  }

  async journalDrained(): Promise<void> {
    await this.#journal?.drained();
  }

  begin(id: StepId): void {
    const { phase, title, runbook } = rowOf(id);
    const startedAt = new Date().toISOString();
    const fresh: StepRecord = {
      id,
      phase: id === 'archive-evidence' ? this.#facts.phase : phase,
      title,
      runbook,
      status: 'running',
      verdict: null,
      reasons: [],
      startedAt,
      endedAt: null,
      deadline: null,
      summary: '',
      evidence: null,
      subject: null,
    };
    const { steps } = this.#facts;
    const isRepeated = steps.some((step) => step.id === id);
    // What is measured anew stays where it stands: the list reads in the order of the runbook.
    this.change({ steps: isRepeated ? steps.map((step) => (step.id === id ? fresh : step)) : [...steps, fresh] });
    this.record('step-started', { step: id, title });
  }

  /** Changes what is shown of a step, without an entry in the journal. */
  note(id: StepId, patch: Partial<Pick<StepRecord, 'status' | 'deadline' | 'endedAt' | 'verdict' | 'summary'>>): void {
    this.change({ steps: this.#facts.steps.map((step) => (step.id === id ? { ...step, ...patch } : step)) });
  }

  settle(id: StepId, status: StepStatus, finding: Finding): void {
    const { verdict, reasons, summary, evidence = null, subject = null } = finding;
    const patch = { status, verdict, reasons, summary, evidence, subject };
    const endedAt = status === 'running' || status === 'blocked' ? null : new Date().toISOString();
    const steps = this.#facts.steps.map((step) => (step.id === id ? { ...step, ...patch, endedAt } : step));
    this.change({ steps });
    this.record('step-settled', { step: id, ...patch });
  }

  /** Asks people on behalf of a step and waits until they have answered; `undefined` when the deadline came first. */
  async ask<A extends Ask>(step: StepId, ask: A, until: number | null): Promise<A | undefined> {
    const key = keyOf(ask);
    this.note(step, { deadline: until === null ? null : new Date(until).toISOString() });
    const current = () => this.#facts.desk.asks.find((it): it is A => keyOf(it) === key) ?? ask;
    const answered = () => isAnswered(current());
    this.change({ desk: openAsk(this.#facts.desk, ask) });
    try {
      if (until === null) await condition(answered);
      else await condition(answered, Math.max(1, until - Date.now()), { summary: deadlineLabelOf(step, ask) });
      return answered() ? current() : undefined;
    } finally {
      this.change({ desk: closeAsk(this.#facts.desk, key) });
    }
  }

  /** Whether the end is still open: the run was not stopped, and its outcome is not decided. */
  get isOpen(): boolean {
    return this.#facts.ending === null && !this.#facts.desk.closed;
  }

  /** Nothing is moved any more until somebody says so. Where people hold already, their hold stays. */
  hold(why: string, about: HoldCause): void {
    if (!this.isOpen) return;
    const { desk } = this.#facts;
    this.record('held', { why });
    const order = { by: 'golive', at: Date.now(), reason: why, decision: null };
    if (desk.held === null) this.change({ desk: { ...desk, held: order } });
    this.notices.tell({ kind: 'held', why, about });
  }

  get isHeld(): boolean {
    return this.#facts.desk.held !== null;
  }

  /** Resolves true once nothing is held, false when the deadline comes first. */
  async unheld(step: StepId, until: number): Promise<boolean> {
    const free = () => !this.isHeld;
    if (free()) return true;
    this.change({ heldUntil: until });
    try {
      return await condition(free, Math.max(1, until - Date.now()), { summary: labelOf(step, 'deadline of the hold') });
    } finally {
      this.change({ heldUntil: null });
    }
  }

  /**
   * Registered before the deed, because a deed can be done and its answer lost.
   * @throws {CancelledFailure} when the run was stopped: what it takes back is settled, and nothing may be added to it
   */
  register(step: StepId, undo: Undo): void {
    this.requireForward();
    this.undos.add(step, undo);
  }

  /** Ends the way forward, once: the first reason stays. What it returns is for the story to throw. */
  stop(why: string, by: string | null, cause: 'decision' | 'cancellation' | 'loss' = 'decision'): CancelledFailure {
    if (this.isOpen) {
      const stopped = this.undos.trafficMayHaveMoved ? 'rolled-back' : 'rejected';
      const outcome = { decision: stopped, cancellation: 'canceled', loss: 'destroyed' } as const;
      const at = new Date().toISOString();
      this.change({
        ending: { outcome: outcome[cause], why, by, at },
        steps: this.#facts.steps.map((step) => stoppedAt(step, at)),
        desk: { ...this.#facts.desk, held: null, stopped: true },
      });
      this.record('stopped', { outcome: outcome[cause], why, by });
      this.#forward.cancel();
    }
    return new CancelledFailure(why);
  }

  /**
   * Decides how the run ends, in one piece with the last entry of its journal: from here on nothing stops it any more.
   * @throws {CancelledFailure} when it was stopped at the very last moment
   */
  decide(outcome: Outcome): void {
    const { ending, desk } = this.#facts;
    if (outcome !== (ending?.outcome ?? 'live')) throw new CancelledFailure('stopped');
    this.change({ desk: { ...desk, closed: true } });
    this.record('ended', { outcome });
    this.closeJournal();
  }

  /** Every upsert is an event, and a state that lasts for a moment is of use to nobody. */
  async #showChanges(): Promise<never> {
    for (;;) {
      await condition(() => this.#isStale);
      this.show();
      // At its limit the server would terminate the run, and its guardian would have to take over.
      if (workflowInfo().historyLength > MOST_EVENTS) this.stop('the history has grown too long to go on safely', null);
    }
  }
}

function stoppedAt(step: StepRecord, at: string): StepRecord {
  return step.endedAt === null ? { ...step, status: 'stopped', endedAt: at } : step;
}
