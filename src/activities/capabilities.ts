import type { Limits, Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { openIntendedClient } from '../intended/client.ts';
import { isIntendedError, RefusedError, SurprisingShapeError } from '../intended/errors.ts';
import type { IntentOutcome } from '../intended/intent-outcome.ts';
import type { ApiCredential } from '../intended/wire/access.ts';
import { standsAt } from '../traffic/port.ts';
import { isLinked } from './audit.ts';
import { readState } from './emergency.ts';
import { conclude, type Measurement } from './findings.ts';
import { measureHealth } from './health.ts';
import { measurePolicySet } from './policies.ts';
import { factsOf, poll, submitProbe } from './probes.ts';
import type { Room } from './room.ts';
import { describeShare, readShare } from './share.ts';
import type { Scope, World } from './world.ts';

/** An action that no policy knows. */
const UNREGISTERED = 'golive.probe.unregistered';
const RECENT_INTENTS = 100;

export function capabilityActivities({ worlds, store }: Room) {
  return {
    /**
     * P0: the tenant answers as the contract says and everything is at rest: nothing halted, traffic at its safe share.
     * Reads only, but for one intent that no policy knows.
     */
    async probeCapabilities(
      scope: Scope,
      { rollout, limits, key }: { rollout: Plan['rollout']; limits: Limits; key: string },
    ): Promise<Finding> {
      const world = worlds(scope);
      const misfits = [...(await shapeProblems(world)), ...(await strangerProblems(world, scope))];
      const unknown = await submitProbe(world, `${key}/unregistered`, UNREGISTERED);
      const rest = await measureRest(world, rollout);
      const faults = [
        ...misfits,
        ...(await unregisteredProblems(world, unknown.value, limits.auditLag)),
        ...(rest.faults ?? []),
      ];
      const facts = { misfits, rest: rest.facts, unregistered: factsOf(unknown) };
      return conclude(store, scope, { summary: 'the tenant fits the contract and is at rest', facts, faults });
    },

    /**
     * P0: right before the first traffic, what was found before people took their time still holds: the policy set, the
     * services, and everything at rest.
     */
    async confirmReady(
      scope: Scope,
      { rollout, policy }: { rollout: Plan['rollout']; policy: Plan['policy'] },
    ): Promise<Finding> {
      const world = worlds(scope);
      const parts = [
        await measureRest(world, rollout),
        await measurePolicySet(world, policy.active),
        await measureHealth(world),
      ];
      const faults = parts.flatMap((part) => part.faults ?? []);
      return conclude(store, scope, { summary: 'still ready', facts: parts.map(({ facts }) => facts), faults });
    },
  };
}

/** The state a go-live starts from: nothing halted, traffic at its safe share. */
async function measureRest(world: World, { safePercent }: Plan['rollout']): Promise<Measurement> {
  const state = await readState(world);
  const share = await readShare(world);
  const halted = state.halted || state.environments.some((environment) => environment.halted);
  const knows = state.environments.some(({ environmentKey }) => environmentKey === world.environmentKey);
  const faults = [
    ...(halted ? ['the tenant or an environment is halted'] : []),
    ...(knows ? [] : [`the tenant has no environment ${world.environmentKey}`]),
    ...(standsAt(share, safePercent)
      ? []
      : [`traffic stands at ${describeShare(share)}, not at its safe share of ${safePercent} %`]),
  ];
  return { summary: 'nothing halted, traffic at its safe share', facts: { state, share }, faults };
}

/** Every read the go-live relies on; an answer of another shape is a reason to refuse the tenant. */
async function shapeProblems({ intended, environmentKey, profile }: World): Promise<string[]> {
  const { own } = profile.intended.keys;
  const reads: readonly (() => Promise<unknown>)[] = [
    () => intended.listAuthorityKeys(),
    async () => {
      const { packs } = (await intended.listPolicyPacks({ environmentKey })).value;
      const stranger = packs.find((pack) => pack.environmentKey !== environmentKey);
      if (stranger !== undefined) throw new Error(`the pack ${stranger.name} is of another environment`);
    },
    async () => {
      const { events } = (await intended.listAuditEvents({ limit: 2 })).value;
      if (!isLinked(events)) throw new Error('the two newest audit events are not linked');
    },
    () => intended.verifyAuditChain(),
    async () => {
      const { credentials } = (await intended.listApiTokens()).value;
      const isOwn = ({ name, status }: ApiCredential) => name === own.name && status === 'active';
      if (!credentials.some(isOwn)) throw new Error(`our own key ${own.name} is not among the active credentials`);
    },
    () => intended.listRoles(),
    () => intended.listMembers(),
    () => intended.getIdentityReadiness(),
    () => intended.listAuditExports(),
    () => intended.listIntents({ limit: 1 }),
  ];
  const problems = await Promise.all(reads.map(problemOf));
  return problems.filter((problem) => problem !== undefined);
}

/** An action that no policy knows is denied, and is found again where intents and events are recorded. */
async function unregisteredProblems({ intended }: World, outcome: IntentOutcome, within: number): Promise<string[]> {
  if (outcome.outcome !== 'denied') return [`an action that no policy knows was ${outcome.outcome}`];
  const { intentId, correlationId } = outcome;
  if (intentId === undefined || correlationId === undefined) return ['a denied intent comes back without its ids'];
  const { intents } = (await intended.listIntents({ limit: RECENT_INTENTS })).value;
  const recorded = await poll(
    async () => (await intended.listAuditEvents({ correlationId })).value.events,
    (events) => events.length > 0,
    within,
  );
  return [
    ...(intents.some((intent) => intent.intentId === intentId)
      ? []
      : ['a denied intent is not in the list of intents']),
    ...(recorded.satisfied ? [] : ['a denied intent is not in the audit log']),
  ];
}

/** Without a key, and with one that does not exist, the tenant must refuse: otherwise every later answer proves nothing. */
async function strangerProblems({ profile }: World, { tenant }: Scope): Promise<string[]> {
  const { baseUrl, paths, certificateAuthority } = profile.intended;
  const strangers = { 'no key': null, 'a key that does not exist': 'golive-capability-probe' };
  const problems = await Promise.all(
    Object.entries(strangers).map(async ([who, apiKey]) => {
      const stranger = openIntendedClient({ baseUrl, tenantId: tenant, apiKey, paths, certificateAuthority });
      try {
        await stranger.listAuditEvents({ limit: 1 });
        return `a caller with ${who} can read the audit log`;
      } catch (error) {
        if (error instanceof RefusedError && error.status === 401 && error.code === 'INVALID_API_KEY') return undefined;
        if (error instanceof RefusedError)
          return `a caller with ${who} is refused with ${error.status} ${error.code ?? ''}`;
        throw error;
      } finally {
        await stranger.close();
      }
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

/** Only a misfit is a finding; a platform that does not answer is asked again. */
async function problemOf(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (error instanceof SurprisingShapeError) return error.message;
    if (isIntendedError(error)) throw error;
    return error instanceof Error ? error.message : 'the answer does not fit';
  }
}
