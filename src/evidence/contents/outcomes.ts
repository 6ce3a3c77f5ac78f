import type { Outcome } from '../../domain/run.ts';

/** How a run says that it ended. */
export const OUTCOMES = [
  'live',
  'rolled-back',
  'rejected',
  'canceled',
  'destroyed',
] as const satisfies readonly Outcome[];
