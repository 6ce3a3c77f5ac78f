import type { StepId } from './plan.ts';

/** What our own starters call a go-live. Of others the guardian's id makes a second one of the same tenant fail at once. */
export function workflowIdOf(tenant: string, environment: string): string {
  return `golive/${tenant}/${environment}`;
}

/** Whom a decision about this tenant and environment is addressed to. */
export function audienceOf({ tenant, environment }: { readonly tenant: string; readonly environment: string }): string {
  return `golive:${environment}:${tenant}`;
}

/** How the names of our changes begin, for whoever reads the platform's audit. */
const OWN = 'golive';

/** One guardian of a tenant and environment at a time: with it a second go-live fails, whatever its own id is. */
export function guardianIdOf(tenant: string, environment: string): string {
  return `golive-guardian/${tenant}/${environment}`;
}

/** Run ids begin with the time; what tells two runs of the same minute apart is their end. */
const shortOf = (chain: string) => chain.slice(-12);

/**
 * Names one change for the platform, whose calls have no field for an idempotency key: it travels in `reason`,
 * `comments`, `actor.id` or a credential's name, and finds a lost answer again in the audit. It never contains an attempt;
 * `chain` is the id of the first run, which a reset keeps.
 */
export function requestKey(release: string, chain: string, step: StepId, generation = 1): string {
  return `${OWN}:${release}:${shortOf(chain)}:${step}:${generation}`;
}

/**
 * Whether this is a key of one step, whole and of no other. What a key names may be released or revoked by it, so an activity
 * takes no key but its own step's: a shorter one, or another step's, would name what is not its.
 */
export function isKeyOf(step: StepId, key: string): boolean {
  const [own, release, chain, named, generation, ...rest] = key.split(':');
  const isWhole = Boolean(release) && Boolean(chain) && /^\d+$/.test(generation ?? '') && rest.length === 0;
  return own === OWN && named === step && isWhole;
}

/** Repetitions of a step differ in the generation at the end of their keys; what one began another may take back. */
export function isSameStep(reason: string, key: string): boolean {
  return reason.startsWith(key.slice(0, key.lastIndexOf(':') + 1));
}

/** The same for every step of a run. */
export function isSameRun(reason: string, key: string): boolean {
  return reason.startsWith(runPrefixOf(key));
}

/** How all keys of a run begin: its release and the end of its first run id stand before the step. */
export function runPrefixOf(key: string): string {
  return `${key.split(':').slice(0, 3).join(':')}:`;
}

/** Whether this is a name that a go-live, any go-live, gave to a change. */
export function isRequestKey(name: string): boolean {
  return name.startsWith(`${OWN}:`);
}

/** The folder of one run in the evidence store. */
export function evidenceFolder(tenant: string, environment: string, release: string, chain: string): string {
  return `${tenant}/${environment}/${release}-${shortOf(chain)}`;
}

/** The task queue that workers poll and starters name. */
export const TASK_QUEUE = 'golive';
