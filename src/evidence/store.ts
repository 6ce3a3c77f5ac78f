import type { Protection } from './protection.ts';

/** A file as a store lists it. */
export interface StoredFile {
  /** Relative to the root of the store, with `/` between the parts. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Where evidence is kept: a directory (`file-store.ts`) or a bucket. Paths are relative, their parts are letters, digits and
 * `._@+=-`, none starts with a dot; anything else is an `unsafe-path`. Every promise resolves only when the bytes would
 * survive a loss of power. All methods throw `EvidenceProblem`, `unavailable` when the store itself fails.
 */
export interface EvidenceStore {
  /** Stores new bytes; the same bytes again are fine, other bytes under the same path are a `conflict`. */
  put(path: string, bytes: Uint8Array): Promise<void>;

  /** The bytes under a path; `missing` when there are none. */
  read(path: string): Promise<Uint8Array>;

  exists(path: string): Promise<boolean>;

  /**
   * How the file under a path is kept from being changed, read from where it lies; `missing` when there is none, `broken`
   * when it is protected less than the store is meant to.
   */
  protectionOf(path: string): Promise<Protection>;

  /** Every file below a folder, at any depth, sorted by path; none when the folder is not there. */
  list(folder: string): Promise<readonly StoredFile[]>;

  /**
   * Adds lines to a text that only grows, one writer at a time. `next` gets the complete lines stored so far ('' at first;
   * the torn tail of a writer that died is gone) and answers the lines to add, '' for none; it must be pure, because a store
   * that cannot lock (a bucket with conditional writes) calls it again when another writer was faster. What `next` throws is
   * thrown on and nothing is written. `busy` when another live writer does not finish in time.
   */
  appendLines(path: string, next: (stored: string) => string): Promise<void>;
}
