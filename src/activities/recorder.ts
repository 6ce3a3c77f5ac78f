import { keepSamples } from '../evidence/facts.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { chunkKept, chunkOf, isChunkDue, recordLook, type Look, type Recording } from '../metrics/recording.ts';

/** Keeps raw samples in chunks, beside the watch: looking never waits for the store. */
export class Recorder {
  readonly #store: EvidenceStore;
  readonly #folder: string;
  #recording: Recording;
  #keeping: Promise<void> | undefined;

  constructor(store: EvidenceStore, folder: string, recording: Recording) {
    this.#store = store;
    this.#folder = folder;
    this.#recording = recording;
  }

  /** What a heartbeat carries: the end of the chain in the evidence, and all that is not in it yet. */
  get recording(): Recording {
    return this.#recording;
  }

  add(look: Look): void {
    this.#recording = recordLook(this.#recording, look);
    if (!isChunkDue(this.#recording) || this.#keeping !== undefined) return;
    this.#keeping = this.#keep()
      // Tried again with the next look; at the end of the stretch it has to succeed.
      .catch(() => undefined)
      .finally(() => (this.#keeping = undefined));
  }

  /**
   * Everything is in the evidence.
   * @throws {EvidenceProblem}
   */
  async flush(): Promise<Recording> {
    await this.#keeping;
    await this.#keep();
    return this.#recording;
  }

  async #keep(): Promise<void> {
    const chunk = chunkOf(this.#recording);
    if (chunk === undefined) return;
    const digest = await keepSamples(this.#store, this.#folder, chunk);
    this.#recording = chunkKept(this.#recording, chunk, digest);
  }
}
