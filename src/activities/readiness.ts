import type { Limits, Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import { readAuthorityKey } from '../intended/token-keys.ts';
import { measureAuditPipeline } from './audit.ts';
import { combine, conclude, type Measurement } from './findings.ts';
import { measureHealth } from './health.ts';
import { measurePolicySet } from './policies.ts';
import { actionOf, isApproved, submitProbe, type ProbeKind } from './probes.ts';
import type { Room } from './room.ts';
import { measureTokenSigning } from './tokens.ts';
import type { Scope, World } from './world.ts';

/** The 95th percentile of fewer would be their maximum. */
const PROBES = 20;

export function readinessActivities({ worlds, store }: Room) {
  return {
    /** P3: the readiness suite of five, each part with its bound. */
    async checkReadiness(scope: Scope, { limits, key }: { limits: Limits; key: string }): Promise<Finding> {
      return conclude(store, scope, combine(await suite(worlds(scope), limits, key)));
    },

    /** R4a: everything that was checked before traffic, once more at full traffic. */
    async checkEverythingAgain(
      scope: Scope,
      { limits, policy, key }: { limits: Limits; policy: Plan['policy']; key: string },
    ): Promise<Finding> {
      const world = worlds(scope);
      const parts = {
        ...(await suite(world, limits, key)),
        'policy-set': await measurePolicySet(world, policy.active),
        'token-signing': await measureTokenSigning(world, scope, key),
      };
      return conclude(store, scope, combine(parts));
    },
  };
}

async function suite(world: World, limits: Limits, key: string): Promise<Record<string, Measurement>> {
  return {
    connectivity: await measureHealth(world),
    'key-material': await measureKeys(world),
    'policy-engine': await measureResponse(world, limits, key),
    'audit-lag': await measureAuditPipeline(world, limits.auditLag, key),
  };
}

async function measureKeys({ intended }: World): Promise<Measurement> {
  const { keys } = (await intended.listAuthorityKeys()).value;
  const active = keys.filter(({ status }) => status === 'ACTIVE');
  const unusable = active.filter((key) => readAuthorityKey(key) === undefined);
  const faults = [
    ...(active.length > 0 ? [] : ['the tenant publishes no active key']),
    ...unusable.map(({ kid }) => `key ${kid} is not an RSA key of at least 2048 bits`),
    ...(new Set(keys.map(({ kid }) => kid)).size === keys.length ? [] : ['two keys have the same id']),
  ];
  return {
    summary: `${active.length} active keys`,
    facts: { kids: keys.map(({ kid, status }) => ({ kid, status })) },
    faults,
  };
}

/** P3d and P3e: denied probes show the policy engine alone; what allowed ones take longer is the signing. */
async function measureResponse(world: World, limits: Limits, key: string): Promise<Measurement> {
  const denied = await timeProbes(world, `${key}/denied`, 'denied');
  const allowed = await timeProbes(world, `${key}/allowed`, 'allowed');
  const engine = percentile95(denied.times);
  const signing = Math.max(0, percentile95(allowed.times) - engine);
  const faults = [
    ...denied.faults,
    ...allowed.faults,
    ...(engine <= limits.policyEngineMs
      ? []
      : [`the policy engine takes ${engine} ms (p95), ${limits.policyEngineMs} are allowed`]),
    ...(signing <= limits.tokenSigningMs
      ? []
      : [`signing takes ${signing} ms (p95), ${limits.tokenSigningMs} are allowed`]),
  ];
  return {
    summary: `policy engine ${engine} ms, signing ${signing} ms (p95)`,
    facts: { denied, allowed, engine, signing },
    faults,
  };
}

/** Only a policy's decision shows how long deciding takes, and only an approval how long signing does. */
async function timeProbes(world: World, key: string, kind: ProbeKind) {
  const times: number[] = [];
  let others = 0;
  for (let probe = 1; probe <= PROBES; probe += 1) {
    const { elapsedMs, value } = await submitProbe(world, `${key}/${probe}`, actionOf(world, kind));
    times.push(Math.round(elapsedMs));
    const isExpected = kind === 'allowed' ? isApproved(value) : value.outcome === 'denied' && !value.failClosed;
    if (!isExpected) others += 1;
  }
  return { times, faults: others === 0 ? [] : [`${others} of ${PROBES} probes that must be ${kind} were not`] };
}

function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.POSITIVE_INFINITY;
}
