/**
 * What can go wrong with evidence, by what the caller can do next. `busy`, `gap`, `missing` and `unavailable` may be gone
 * when the call is repeated; the others stay until somebody looks.
 */
export type EvidenceProblemKind =
  | 'busy' // another live writer holds the journal
  | 'gap' // an earlier entry of the journal is not there yet
  | 'missing' // nothing is stored under this path
  | 'unavailable' // the store could not be written or read
  | 'conflict' // other bytes are already stored under this path or sequence number
  | 'sealed' // the run's bundle is closed
  | 'broken' // what is stored does not fit its digests or its chain
  | 'unsafe-path' // a path that leaves the store, or a link in it
  | 'unusable'; // a value that has no canonical JSON

const PASSING: readonly EvidenceProblemKind[] = ['busy', 'gap', 'missing', 'unavailable'];

/** The only error this room throws on purpose. Its message names paths inside the store and never carries content. */
export class EvidenceProblem extends Error {
  readonly kind: EvidenceProblemKind;

  constructor(kind: EvidenceProblemKind, message: string) {
    super(message);
    this.name = 'EvidenceProblem';
    this.kind = kind;
  }

  /** Whether repeating the call can help. */
  get again(): boolean {
    return PASSING.includes(this.kind);
  }
}
