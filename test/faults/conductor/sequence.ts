import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Admission, WindowRequest } from '../../../src/activities/index.ts';
import { requestKey, runPrefixOf } from '../../../src/domain/ids.ts';
import type { JournalEntry } from '../../../src/domain/journal.ts';
import type { Progress } from '../../../src/domain/run.ts';
import type { Digest } from '../../../src/domain/verdict.ts';
import { sayingsFor } from '../../../src/sandbox/answers.ts';
import { pick, seededRandom, type Random } from '../../../src/sandbox/router/random.ts';
import type { HistoryFact, Told } from '../history.ts';
import { brokenIn } from '../invariants/all.ts';
import { MANIFEST, PLAN, PLAN_DIGEST } from '../invariants/honest.ts';
import type { RunRecord } from '../record.ts';
import { SAMPLE } from '../../support/fakes.ts';
import { examplePlan } from '../../support/plans.ts';
import { FakePlatform } from './platform.ts';
import { RUN_ID } from './temporal.ts';
import { CancellationScope, Universe, within, type Reply } from './virtual-time.ts';

export type GoLive = (...request: unknown[]) => Promise<unknown>;

const BEGAN = Date.parse('2026-11-22T08:00:00Z');
const TROUBLES = [0, 0.01, 0.05, 0.2] as const;
/** After so many events everything is healed and people are helpful: from there on a run must come to its end. */
const HEALED_AFTER = 150;
const MOST_EVENTS = 4_000;
const ADMISSION: Admission = {
  plan: PLAN,
  digest: PLAN_DIGEST,
  trust: 'namespace',
  rehearsal: false,
  longestTokenLife: 600_000,
};
const REQUEST = examplePlan();
const FACTS: Digest = `sha256:${'f'.repeat(64)}`;
const MARK = { at: 0, sequence: 1, hash: 'h1', events: 1, decisions: 0, requests: null };
const DENIALS = { sample: SAMPLE, ids: ['evt_01', 'evt_02'], shown: [], available: 7, baseline: FACTS };

/** What became of one sequence of answers, messages and faults. */
export interface Played {
  readonly state: Progress['state'];
  readonly broken: readonly string[];
}

/** Plays the whole conductor, from its start to its end, in one universe of its own. */
export async function play(goLive: GoLive, seed: string, setClock: (now: number) => void): Promise<Played> {
  const sequence = new Sequence(seed, setClock);
  return sequence.play(goLive);
}

class Sequence {
  readonly #random: Random;
  readonly #platform: FakePlatform;
  readonly #universe: Universe;
  readonly #history: HistoryFact[] = [];
  readonly #journal = new Map<number, JournalEntry>();
  #events = 0;

  constructor(seed: string, setClock: (now: number) => void) {
    this.#random = seededRandom(seed);
    this.#platform = new FakePlatform(PLAN, this.#random, pick(this.#random, TROUBLES));
    this.#universe = new Universe((activity, args) => this.#reply(activity, args), BEGAN, setClock);
  }

  play(goLive: GoLive): Promise<Played> {
    return within(this.#universe, async () => {
      const root = CancellationScope.current();
      const ended = goLive(REQUEST).then(
        () => this.#tell({ what: 'ended', how: 'completed', type: null }),
        (error: unknown) => this.#tell(endedBy(error)),
      );
      await this.#universe.settle();
      while (this.#isOpen && this.#events < MOST_EVENTS) await this.#next(root);
      if (!this.#isOpen) await ended;
      const record = this.#record();
      return { state: record.progress.state, broken: brokenIn(record) };
    });
  }

  get #isOpen(): boolean {
    return this.#history.at(-1)?.what !== 'ended';
  }

  get #isHealed(): boolean {
    return this.#events > HEALED_AFTER;
  }

  async #next(root: CancellationScope): Promise<void> {
    this.#events += 1;
    if (this.#isHealed) this.#platform.trouble = 0;
    const chance = this.#random();
    if (!this.#isHealed && chance < 0.01) return this.#meddle(root);
    if (chance < 0.3 && (await this.#sayOne())) return;
    if (await this.#universe.step()) return;
    await this.#sayOne();
  }

  /** Somebody says something that is asked. Answers whether anything was. */
  async #sayOne(): Promise<boolean> {
    const { waitingFor, plan } = this.#progress;
    const [saying, ...others] = waitingFor.flatMap((waiting) => sayingsFor(waiting, plan));
    if (saying === undefined) return false;
    const { name, body } = pick(this.#random, [saying, ...others]);
    await this.#say(name, body);
    return true;
  }

  /** Somebody says what nobody asked for, or wants the end. */
  async #meddle(root: CancellationScope): Promise<void> {
    const by = pick(this.#random, ['ana@acme.example', 'ben@acme.example', 'chi@acme.example', 'eve@acme.example']);
    const { plan, waitingFor } = this.#progress;
    const gate = waitingFor.find(({ kind }) => kind === 'approval')?.what ?? 'begin-traffic';
    switch (pick(this.#random, ['abort', 'hold', 'reject', 'approve', 'cancel', 'nonsense'] as const)) {
      case 'abort':
        return this.#say('abort', { by, reason: 'enough' });
      case 'hold':
        return this.#say('hold', { by, reason: 'a moment' });
      case 'reject':
        return this.#say('reject', { gate, by, plan, reason: 'not today' });
      case 'approve':
        return this.#say('approve', { gate, by, plan });
      case 'nonsense':
        return this.#say('approve', { gate: 'no-such-gate', by: 7 });
      case 'cancel':
        this.#tell({ what: 'cancel-requested' });
        root.cancel();
        return this.#universe.settle();
    }
  }

  async #say(name: string, body: object): Promise<void> {
    this.#tell({ what: 'message', name, body });
    this.#universe.handlers.get(`update ${name}`)?.(body);
    await this.#universe.settle();
  }

  #reply(activity: string, args: readonly unknown[]): Reply {
    const scheduled = this.#tell({ what: 'scheduled', activity, args });
    this.#tell({ what: 'started', scheduled, attempt: 1 });
    const result = () => {
      const answer = this.#answer(activity, args);
      this.#tell({ what: 'completed', scheduled, result: answer });
      return answer;
    };
    return { after: this.#howLong(activity, args), result };
  }

  #howLong(activity: string, args: readonly unknown[]): number {
    if (activity !== 'watchWindow') return Math.round(this.#random() * 2_000);
    // A breach is told at once, and what breaks off does so at any time.
    const { from, until } = args[1] as WindowRequest;
    return this.#random() < this.#platform.trouble ? Math.round(this.#random() * (until - from)) : until - from + 5;
  }

  #answer(activity: string, args: readonly unknown[]): unknown {
    switch (activity) {
      case 'admitPlan':
        return ADMISSION;
      case 'keepPlan':
      case 'tellPeople':
        return undefined;
      case 'appendJournal':
        for (const entry of args[1] as readonly JournalEntry[]) this.#journal.set(entry.sequence, entry);
        return undefined;
      case 'showEvidence':
        return this.#platform.shown(FACTS);
      case 'markAudit':
        return MARK;
      case 'sampleDenials':
        return DENIALS;
      case 'archiveEvidence':
        return { path: 'evidence', manifest: MANIFEST };
      case 'watchWindow':
        return this.#platform.watch(args[1] as WindowRequest);
      case 'switchOff': {
        const finding = this.#platform.answer(activity, args[1] ?? {});
        return { ...finding, halted: this.#platform.standing.halted };
      }
      default:
        return this.#platform.answer(activity, args[1] ?? {});
    }
  }

  #tell(told: Told): number {
    const id = this.#history.length + 1;
    this.#history.push({ id, at: this.#universe.now, ...told });
    return id;
  }

  get #progress(): Progress {
    return this.#universe.handlers.get('query progress')?.() as Progress;
  }

  #record(): RunRecord {
    const journal = [...this.#journal.values()].toSorted((one, other) => one.sequence - other.sequence);
    const head = { sequence: journal.length, digest: MANIFEST };
    return {
      plan: PLAN,
      keys: runPrefixOf(requestKey(PLAN.release, RUN_ID, 'archive-evidence')),
      effects: this.#platform.effects,
      history: this.#history,
      journal,
      chain: { ok: true, head },
      bundle: {
        ok: true,
        golive: 'run',
        outcome: 'live',
        rehearsal: false,
        manifest: MANIFEST,
        files: 1,
        journal: head,
      },
      facts: this.#platform.facts,
      progress: this.#progress,
      standing: this.#platform.standing,
      secrets: new Map(),
      written: new Map(),
    };
  }
}

function endedBy(error: unknown): Extract<Told, { what: 'ended' }> {
  if (error instanceof CancelledFailure) return { what: 'ended', how: 'canceled', type: null };
  const type = error instanceof ApplicationFailure ? (error.type ?? null) : String(error);
  return { what: 'ended', how: 'failed', type };
}
