import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../src/domain/plan-schema.ts';
import type { Digest } from '../src/domain/verdict.ts';

/** A go-live with this profile never passes its last check; every `recheck` measures it again. */
export const STUCK_PROFILE = 'stuck';
export const SMOOTH_PROFILE = 'smooth';
export type BenchProfile = typeof STUCK_PROFILE | typeof SMOOTH_PROFILE;

/** What a go-live of the benchmark is started with. */
export interface BenchRequest {
  readonly profile: BenchProfile;
  /** One of its own for each: a tenant has one go-live at a time. */
  readonly tenant: string;
}

export const SOME_DIGEST: Digest = `sha256:${'91ab'.repeat(16)}`;
export const PLAN_DIGEST: Digest = `sha256:${'5f0c'.repeat(16)}`;
/** Those who decide; none of them is the requester. */
export const PEOPLE = ['ben@acme.example', 'chi@acme.example', 'dee@acme.example'];

const HOLD = 100;
const HOUR = 3_600_000;
const PATIENCE = 72 * HOUR;

/**
 * The plan as the admission hands it out. The holds are far below what the schema allows, since only what golive adds
 * to the waiting is measured; the deadlines are real, because their timers are started and cancelled in every go-live.
 */
export function benchPlan(profile: string, tenant: string): Plan {
  const gate = { approvals: 2, from: { people: PEOPLE }, within: PATIENCE, validFor: PATIENCE };
  return {
    apiVersion: 'golive/v1',
    release: '2026-11-22.1',
    profile,
    tenant,
    environment: 'production',
    requestedBy: 'ana@acme.example',
    summary: 'Payments agents behind Intended',
    policy: {
      active: { 'payments-guardrails': 'pv_42', 'data-access': 'pv_17' },
      previous: { 'payments-guardrails': 'pv_41', 'data-access': 'pv_16' },
    },
    limits: {
      latencyMs: { p50: 250, p95: 1000, p99: 2500 },
      errorShare: 0.005,
      allowShare: { min: 0.85, max: 0.97 },
      minimumRequests: 10_000,
      detectableErrorShare: 0.01,
      auditLag: 60_000,
      policyEngineMs: 100,
      tokenSigningMs: 100,
      haltToDeny: 30_000,
    },
    rollout: {
      safePercent: 0,
      lowTraffic: { percent: 5, hold: HOLD },
      ramp: [
        { percent: 25, hold: HOLD },
        { percent: 50, hold: HOLD },
        { percent: 100, hold: HOLD },
      ],
      postLaunch: HOLD,
      sampleEvery: 10_000,
      extendAtMost: HOUR,
    },
    gates: { 'begin-traffic': gate, 'increase-traffic': gate, 'release-kill-switch': gate },
    controls: { 'on-call': { owner: 'chi@acme.example', evidence: 'https://pager.acme.example/schedules/payments' } },
    denyReview: { sample: 20, reviewers: PEOPLE, seed: '2026-11-22.1' },
    freshness: { facts: PATIENCE, drills: PATIENCE },
    patience: { blocked: PATIENCE, attestation: PATIENCE, review: PATIENCE },
    clock: { speed: 1 },
  };
}

/** The example plan of the contract: what is handed in has a real size. */
export function benchRequest(root: string, profile: BenchProfile, tenant: string): BenchRequest {
  const example = JSON.parse(readFileSync(join(root, 'contract/plan.example.json'), 'utf8')) as object;
  return { ...example, profile, tenant };
}
