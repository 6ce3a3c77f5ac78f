import { describe, expect, it } from 'vitest';
import { CONTROL_IDS, GATE_IDS, proofOf, rowOf, STEPS, STEP_IDS, type Phase } from '../../src/domain/plan.ts';

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

/** Every item of the Go-Live Runbook, by its parts. */
const PARTS = {
  before: ['P0', 'P1', 'P2a', 'P2b', 'P2c', 'P3a', 'P3b', 'P3c', 'P3d', 'P3e', 'P4', 'P5'],
  controls: numbered('C', 13),
  incidents: numbered('I', 4),
  rollout: ['R1', 'R1m', 'R2a', 'R2b', 'R2c', 'R3', 'R4a', 'R4b', 'R4c', 'R4d'],
  rollback: numbered('B', 4),
};
const RUNBOOK = Object.values(PARTS).flat();

const PHASES: readonly Phase[] = ['preflight', 'controls', 'incident-readiness', 'rollout', 'post-launch', 'rollback'];

describe('the table of steps', () => {
  it('answers each of the 43 items of the runbook, and no other', () => {
    expect(RUNBOOK).toHaveLength(43);
    expect(new Set(STEPS.flatMap((row) => row.runbook))).toEqual(new Set(RUNBOOK));
  });

  it('has the phases in their order, each in one piece', () => {
    const phases = STEPS.map((row) => row.phase).filter((phase, index, all) => phase !== all[index - 1]);
    expect(phases).toEqual(PHASES);
  });

  it.each(PHASES)('names a step of %s once', (phase) => {
    const ids = STEPS.filter((row) => row.phase === phase).map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has one title and one kind for an id that stands in two phases', () => {
    const differing = STEPS.filter((row) => row.title !== rowOf(row.id).title || row.kind !== rowOf(row.id).kind);
    expect(differing).toEqual([]);
  });

  it('finds each step by its id', () => {
    expect(STEP_IDS.map((id) => rowOf(id).id)).toEqual(STEP_IDS);
  });
});

describe('the lists that are taken from it', () => {
  it('the gates are the three at which people decide', () => {
    expect(GATE_IDS).toEqual(['begin-traffic', 'increase-traffic', 'release-kill-switch']);
  });

  it('the controls are the policy set, the 13 of the runbook, the 4 of incident readiness and what the audit log says', () => {
    expect(CONTROL_IDS.map((id) => rowOf(id).runbook[0])).toEqual([
      'P2a',
      ...PARTS.controls,
      ...PARTS.incidents,
      'R4b',
      'R4c',
    ]);
  });

  it.each([
    ['policy-set', 'rest'],
    ['circuit-breakers', 'word'],
    ['key-isolation', 'facts'],
    ['kill-switch-drill', 'both'],
  ] as const)('the control %s rests on: %s', (id, proof) => {
    expect(proofOf(id)).toBe(proof);
  });
});
