import type { RunRecord } from '../record.ts';

/** Looks at the ledgers of one run and says everything in them that must never be. Pure. */
export type Invariant = (record: RunRecord) => readonly string[];
