/** How the run ended. `destroyed` is sealed by the guardian, for a run that could not do it itself. */
export const SEALED_OUTCOMES = ['live', 'rolled-back', 'rejected', 'canceled', 'destroyed'] as const;
export type SealedOutcome = (typeof SEALED_OUTCOMES)[number];
