import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { input } from 'zod';
import type { planSchema } from '../domain/plan-schema.ts';

/** A plan as a person writes it. */
export type PlanDraft = input<typeof planSchema>;

export interface Rehearsal {
  /** How many times faster than the real clock. */
  readonly speed: number;
  /** Real people decide, at their own pace. */
  readonly byHand: boolean;
}

/**
 * What a small machine that runs everything at once still keeps (a core that is taken away for half a second makes a whole
 * sample slow), and what two seconds of traffic can show.
 */
const LIMITS = {
  latencyMs: { p50: 1000, p95: 2500, p99: 5000 },
  minimumRequests: 100,
  detectableErrorShare: 0.1,
  /** Waited for in real time: with the example's minute a stale audit would keep everybody waiting. */
  auditLag: '10s',
  policyEngineMs: 1000,
  tokenSigningMs: 1000,
};

/** At a day a minute this is half an hour: enough to read a page of the UI, and nothing that was found grows too old meanwhile. */
const BY_HAND = '30d';
/** For as long as a plan may say that something is good. */
const LONGEST_GOOD = '7d';

const OWNERS = {
  'ben@acme.example': ['kill-switch-drill', 'token-revocation-drill', 'rollback-rehearsal', 'rollback-approvers'],
  'chi@acme.example': ['health-monitoring', 'latency-alert', 'error-rate-alert', 'audit-lag-alert'],
  'dee@acme.example': [
    'policy-set',
    'production-keys',
    'role-review',
    'incident-runbook',
    'incident-channel',
    'escalation-path',
    'audit-review',
    'deny-patterns',
  ],
} as const;

/** The example plan of the contract, in the checkout at `root`. */
export function readExamplePlan(root: string): PlanDraft {
  return JSON.parse(readFileSync(join(root, 'contract', 'plan.example.json'), 'utf8')) as PlanDraft;
}

/** The example plan with the few changes that a rehearsal needs; the runbook and its durations stay as they are. */
export function rehearsalPlan(example: PlanDraft, { speed, byHand }: Rehearsal): PlanDraft {
  const { limits, controls, gates, patience } = example;
  return {
    ...example,
    profile: 'sandbox',
    limits: { ...limits, ...LIMITS },
    controls: { ...ownedControls(), ...controls },
    gates: byHand ? unhurriedGates(gates) : gates,
    ...(byHand ? { freshness: { facts: LONGEST_GOOD, drills: BY_HAND } } : {}),
    patience: byHand ? { blocked: BY_HAND, attestation: BY_HAND, review: BY_HAND } : patience,
    clock: { speed },
  };
}

function ownedControls(): PlanDraft['controls'] {
  return Object.fromEntries(
    Object.entries(OWNERS).flatMap(([owner, controls]) =>
      controls.map((control) => [control, { owner, evidence: `https://wiki.acme.example/${control}` }]),
    ),
  );
}

function unhurriedGates(gates: PlanDraft['gates']): PlanDraft['gates'] {
  const unhurried = { within: BY_HAND, validFor: LONGEST_GOOD };
  return {
    'begin-traffic': { ...gates['begin-traffic'], ...unhurried },
    'increase-traffic': { ...gates['increase-traffic'], ...unhurried },
    'release-kill-switch': { ...gates['release-kill-switch'], ...unhurried },
  };
}
