import { describe, expect, it } from 'vitest';
import type { JournalBodies, JournalKind } from '../../src/domain/journal.ts';
import type { StepId } from '../../src/domain/plan.ts';
import type { Entry } from '../../src/evidence/contents/entries.ts';
import { orderOf } from '../../src/evidence/verification/order.ts';

type Told = {
  [Kind in JournalKind]: { readonly kind: Kind; readonly body: Partial<JournalBodies[Kind]> };
}[JournalKind];

const stopped: Told = { kind: 'stopped', body: { outcome: 'rolled-back', why: 'a breach', by: null } };
const takenOver: Told = { kind: 'taken-over', body: { golive: 'golive/a/b', why: 'it was terminated' } };
const passes = (step: StepId): Told[] => [
  { kind: 'step-started', body: { step, title: '' } },
  { kind: 'step-settled', body: { step, status: 'passed', verdict: 'pass' } },
];

const problemsIn = (...told: readonly Told[]): readonly string[] => {
  // Of a body only what the order looks at is told.
  const entries = told.map((entry, index) => ({ ...entry, sequence: index + 1, at: index }) as unknown as Entry);
  return orderOf(entries).problems.map(({ why }) => why);
};

const WAY_BACK: readonly StepId[] = ['kill-switch-on', 'traffic-to-safe', 'policy-rollback', 'verify-rollback'];

describe('the order of a way back', () => {
  it('is gone once', () => {
    const back = WAY_BACK.flatMap(passes);
    expect(problemsIn(stopped, ...back)).toEqual([]);
    expect(problemsIn(stopped, ...back, ...passes('kill-switch-on'))).toEqual([
      expect.stringContaining('kill-switch-on begins again after it has passed'),
    ]);
  });

  it('is gone from its start by a guardian that takes over, however far the go-live had come', () => {
    const back = WAY_BACK.flatMap(passes);
    expect(problemsIn(stopped, ...back, takenOver, stopped, ...back)).toEqual([]);
    expect(problemsIn(stopped, ...back, takenOver, stopped, ...passes('policy-rollback'))).toEqual([
      expect.stringContaining('policy-rollback begins before kill-switch-on has passed'),
    ]);
  });
});
