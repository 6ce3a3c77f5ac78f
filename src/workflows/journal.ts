import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { JournalBodies, JournalEntry, JournalKind } from '../domain/journal.ts';
import { labelOf } from '../domain/labels.ts';
import { wellFormedJson } from '../domain/text.ts';
import { journaling } from './calls.ts';

const BATCH = 50;
const FIRST_PAUSE = 30_000;
const LONGEST_PAUSE = 5 * 60_000;
/** Written together with what comes next, of which there always is something: by itself it is not worth a call. */
const CAN_WAIT: readonly JournalKind[] = ['paged'];

/** Whose entries they are: those of a guardian follow on whatever the go-live has written. */
export type JournalWriter = 'go-live' | 'guardian';

type JournalState = 'recorded' | 'unrecorded';

/**
 * Writes the journal beside the story, so that no step waits for it; only the archive does. Entries are numbered here,
 * which makes appending idempotent wherever a worker dies. A store that fails is tried for as long as it takes.
 */
export class Journal {
  readonly #folder: string;
  readonly #writer: JournalWriter;
  readonly #onChange: (state: JournalState) => void;
  #pending: JournalEntry[] = [];
  #written = 0;
  #sequence = 0;
  /** Up to which entry somebody waits for them to be written. */
  #wanted = 0;

  constructor(folder: string, writer: JournalWriter, onChange: (state: JournalState) => void) {
    this.#folder = folder;
    this.#writer = writer;
    this.#onChange = onChange;
    void CancellationScope.nonCancellable(() => this.#write());
  }

  record<Kind extends JournalKind>(kind: Kind, body: JournalBodies[Kind]): void {
    this.#sequence += 1;
    const whole = wellFormedJson(body) as JournalBodies[Kind];
    this.#pending.push({ sequence: this.#sequence, at: new Date().toISOString(), kind, body: whole });
    if (!CAN_WAIT.includes(kind)) this.#wanted = this.#sequence;
  }

  /** Resolves once everything recorded so far is in the store. */
  async drained(): Promise<void> {
    const target = this.#sequence;
    this.#wanted = target;
    await condition(() => this.#written >= target);
  }

  async #write(): Promise<never> {
    let pause = FIRST_PAUSE;
    for (;;) {
      await condition(() => this.#written < this.#wanted);
      const entries = this.#pending.slice(0, BATCH);
      try {
        await this.#append(entries);
        this.#pending = this.#pending.slice(entries.length);
        this.#written += entries.length;
        if (pause !== FIRST_PAUSE) this.#onChange('recorded');
        pause = FIRST_PAUSE;
      } catch {
        if (pause === FIRST_PAUSE) this.#onChange('unrecorded');
        await sleep(pause, { summary: labelOf('journal', 'then it is tried again') });
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
    }
  }

  #append(entries: readonly JournalEntry[]): Promise<void> {
    const calls = journaling(labelOf('journal', entriesOf(entries)));
    const isGuardian = this.#writer === 'guardian';
    return isGuardian ? calls.continueJournal(this.#folder, entries) : calls.appendJournal(this.#folder, entries);
  }
}

function entriesOf(entries: readonly JournalEntry[]): string {
  const [first, last] = [entries.at(0)?.sequence, entries.at(-1)?.sequence];
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`;
}
