import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/sandbox/platform/evaluation.ts';
import { callersOf } from '../../src/sandbox/router/callers.ts';

function take(seed: string, count: number, percent = 100) {
  const next = callersOf(seed);
  return Array.from({ length: count }, () => next(percent));
}

const callers = (percent: number) => new Set(take('a', 20_000, percent).map(({ actor }) => actor.id));

describe('the generated callers', () => {
  it('are the same for the same seed and others for another', () => {
    expect(take('a', 300)).toEqual(take('a', 300));
    expect(take('a', 300)).not.toEqual(take('b', 300));
  });

  it('get exactly 92 approvals, 7 denials and 1 escalation in every hundred', () => {
    const intents = take('a', 500);
    for (let start = 0; start < intents.length; start += 100) {
      const words = intents
        .slice(start, start + 100)
        .map((intent) => evaluate({ tenantId: 'any', ...intent }, []).decision.decision);
      const count = (word: string) => words.filter((candidate) => candidate === word).length;
      expect([count('APPROVED'), count('DENIED'), count('ESCALATED')]).toEqual([92, 7, 1]);
    }
  });

  it('are many, each with one team and one identity', () => {
    const teams = new Map<string, Set<string>>();
    for (const { actor, targetSystem } of take('a', 2000)) {
      teams.set(actor.id, (teams.get(actor.id) ?? new Set()).add(targetSystem));
    }
    expect(teams.size).toBeGreaterThan(100);
    expect([...teams.values()].every((systems) => systems.size === 1)).toBe(true);
  });

  it('are at one share the same ones all the time, as many as it says, and a greater one only adds some', () => {
    let before = new Set<string>();
    for (const percent of [5, 25, 50, 100]) {
      const now = callers(percent);
      expect(now.size).toBe(percent * 10);
      expect([...before].filter((caller) => !now.has(caller))).toEqual([]);
      before = now;
    }
    expect(callers(0.01).size).toBe(1);
  });
});
