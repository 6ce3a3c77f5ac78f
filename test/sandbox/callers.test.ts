import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/sandbox/platform/evaluation.ts';
import { callerIntents } from '../../src/sandbox/router/callers.ts';

function take(seed: string, count: number) {
  const intents = callerIntents(seed);
  return Array.from({ length: count }, () => intents.next().value);
}

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
});
