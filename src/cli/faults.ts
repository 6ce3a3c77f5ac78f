/** What can be made to go wrong in a rehearsal, in the words of the sandbox. */
export const FAULTS = ['error-spike', 'deny-all', 'stale-audit', 'bad-signature'] as const;
export type Fault = (typeof FAULTS)[number];
