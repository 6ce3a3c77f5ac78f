import type { StepId } from './plan.ts';

/** One go-live of a tenant and environment at a time: this id is what makes a second one fail at once. */
export function workflowIdOf(tenant: string, environment: string): string {
  return `golive/${tenant}/${environment}`;
}

/** Run ids begin with the time; what tells two runs of the same minute apart is their end. */
const shortOf = (chain: string) => chain.slice(-12);

/**
 * Names one change for the platform, whose calls have no field for an idempotency key: it travels in `reason`,
 * `comments`, `actor.id` or a credential's name, and finds a lost answer again in the audit. It never contains an attempt;
 * `chain` is the id of the first run, which a reset keeps.
 */
export function requestKey(release: string, chain: string, step: StepId, generation = 1): string {
  return `golive:${release}:${shortOf(chain)}:${step}:${generation}`;
}

/** The folder of one run in the evidence store. */
export function evidenceFolder(tenant: string, environment: string, release: string, chain: string): string {
  return `${tenant}/${environment}/${release}-${shortOf(chain)}`;
}

/** The task queue that workers poll and starters name. */
export const TASK_QUEUE = 'golive';
