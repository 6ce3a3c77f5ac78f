import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../intended/answer.ts';
import type { IntendedClient } from '../intended/client.ts';
import type { ApprovedIntent, DeniedIntent, IntentOutcome } from '../intended/intent-outcome.ts';
import type { Intent } from '../intended/wire/intents.ts';
import type { World } from './world.ts';

export type ProbeKind = 'allowed' | 'denied';

/**
 * A synthetic intent with the harmless target of the profile. The key stands in `actor.id`, so that a lost answer can be
 * found again; an approved probe is executed there, which is why the target must be agreed upon beforehand.
 */
export function probeIntent({ profile }: World, key: string, proposedAction: string): Intent {
  const { actor, target } = profile.intended.probe;
  return {
    actor: { id: `${actor.id}/${key}`, type: actor.type },
    targetSystem: `${target.owner}/${target.repo}`,
    proposedAction,
    riskContext: {
      baseRiskScore: 5,
      policyCompliant: true,
      requiresPrivilegedAccess: false,
      touchesProduction: false,
      containsSensitiveData: false,
      github: target,
    },
  };
}

export function actionOf({ profile }: World, kind: ProbeKind): string {
  return profile.intended.probe[kind].proposedAction;
}

/** The action that is allowed only while this policy version is active. */
export function versionedAction({ profile }: World, versionId: string): string {
  return profile.intended.probe.versioned.proposedAction.replace('{versionId}', versionId);
}

export function submitProbe(
  world: World,
  key: string,
  action: string,
  client: IntendedClient = world.intended,
): Promise<Answer<IntentOutcome>> {
  return client.submitIntent(probeIntent(world, key, action));
}

export const isApproved = (outcome: IntentOutcome): outcome is ApprovedIntent => outcome.outcome === 'approved';

/** Denied because of a halt, and not because of any policy. */
export function isHaltDenial(outcome: IntentOutcome): outcome is DeniedIntent {
  return outcome.outcome === 'denied' && outcome.failClosed && (outcome.detail ?? '').endsWith('_halted');
}

/** What of an outcome is kept as evidence: never the token. */
export function factsOf({ value, requestId, elapsedMs }: Answer<IntentOutcome>) {
  const { outcome, intentId, correlationId } = value;
  return {
    outcome,
    ...(intentId === undefined ? {} : { intentId }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(requestId === undefined ? {} : { requestId }),
    elapsedMs,
  };
}

const POLL_EVERY = 200;

/** Asks again every 200 ms until the answer satisfies or the time is over; answers the last one and how long it took. */
export async function poll<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  withinMs: number,
): Promise<{ readonly answer: T; readonly satisfied: boolean; readonly tookMs: number }> {
  const startedAt = performance.now();
  for (;;) {
    const answer = await ask();
    const tookMs = Math.round(performance.now() - startedAt);
    if (satisfies(answer)) return { answer, satisfied: tookMs <= withinMs, tookMs };
    if (tookMs >= withinMs) return { answer, satisfied: false, tookMs };
    await delay(POLL_EVERY);
  }
}
