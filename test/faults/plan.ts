import { planAt } from '../end-to-end/rig.ts';
import type { PlanDraft } from '../../src/cli/rehearsal-plan.ts';

/** Where response times have a bucket of their own, in milliseconds, on a machine that runs several worlds at once. */
const SLOWEST = 5_000;

/** The rehearsal plan for a world in which things die: what a death takes from a window can be made up for, and slowness is no breach. */
export function patientPlan(speed: number): PlanDraft {
  const plan = planAt(speed);
  const { limits, rollout } = plan;
  return {
    ...plan,
    limits: {
      ...limits,
      latencyMs: { p50: SLOWEST, p95: SLOWEST, p99: SLOWEST },
      errorShare: 0.2,
      detectableErrorShare: 0.6,
      allowShare: { min: 0.5, max: 0.999 },
      minimumRequests: 20,
      policyEngineMs: SLOWEST,
      tokenSigningMs: SLOWEST,
    },
    rollout: { ...rollout, extendAtMost: '4h' },
  };
}
