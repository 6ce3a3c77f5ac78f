import type { Finding } from '../domain/verdict.ts';
import { readState } from './emergency.ts';
import { conclude } from './findings.ts';
import { measureHealth } from './health.ts';
import { measurePolicySet } from './policies.ts';
import { actionOf, factsOf, isHaltDenial, submitProbe } from './probes.ts';
import type { Room } from './room.ts';
import { readShare } from './traffic.ts';
import type { Scope } from './world.ts';

export function rollbackActivities({ worlds, store }: Room) {
  return {
    /**
     * B3: fresh reads show the previous versions active, the services healthy, the traffic at its safe share, and the
     * platform still halted, which a denied probe proves.
     */
    async verifyRollback(
      scope: Scope,
      { previous, percent, key }: { previous: Readonly<Record<string, string>>; percent: number; key: string },
    ): Promise<Finding> {
      const world = worlds(scope);
      const policies = await measurePolicySet(world, previous);
      const health = await measureHealth(world);
      const share = await readShare(world);
      const state = await readState(world);
      const probe = await submitProbe(world, `${key}/still-halted`, actionOf(world, 'allowed'));
      const faults = [
        ...(policies.faults ?? []),
        ...(health.faults ?? []),
        ...(share.percent === percent ? [] : [`traffic stands at ${share.percent} %, not at ${percent} %`]),
        ...(state.halted ? [] : ['the kill switch is not on']),
        ...(isHaltDenial(probe.value) ? [] : [`a probe was ${probe.value.outcome} although the tenant is halted`]),
      ];
      const facts = { policies: policies.facts, health: health.facts, share, state, probe: factsOf(probe) };
      return conclude(store, scope, {
        summary: 'previous versions active, healthy, halted, traffic safe',
        facts,
        faults,
      });
    },
  };
}
