import type { WorldFaultName } from '../sandbox/faults/fault.ts';

/** What can be made to go wrong in a rehearsal, in the words of the sandbox. */
export const FAULTS = [
  'error-spike',
  'bad-minute',
  'slow-drift',
  'slow-tail',
  'allow-all',
  'deny-all',
  'new-deny-reason',
  'silent-metrics',
  'frozen-metrics',
  'counter-reset',
  'stale-audit',
  'bad-signature',
] as const satisfies readonly WorldFaultName[];
export type Fault = (typeof FAULTS)[number];
