import { describe, expect, it } from 'vitest';
import { vitalSignsOf, lossIn, NOT_STUCK, stuckAfter, type VitalSigns } from '../../src/activities/vital-signs.ts';

const EVERY = 5_000;
type Status = Parameters<typeof vitalSignsOf>[0];

const running = (task: 'none' | 'waiting' | 'repeated', events = 7): VitalSigns => ({ kind: 'running', task, events });

/** What is known of a run after these looks at it. */
const after = (...looks: readonly VitalSigns[]) =>
  looks.reduce((stuck, look) => stuckAfter(stuck, look, EVERY), NOT_STUCK);

const lossAfter = (...looks: readonly VitalSigns[]) => lossIn(looks.at(-1) ?? running('none'), after(...looks))?.kind;

describe('A go-live', () => {
  it('that waits for people for days is not lost', () => {
    expect(lossAfter(...Array.from({ length: 10_000 }, () => running('none')))).toBeUndefined();
  });

  it('that gets on, however busy it is, is not lost', () => {
    expect(lossAfter(...Array.from({ length: 1_000 }, (_, index) => running('waiting', index)))).toBeUndefined();
  });

  it('whose task nobody takes for a minute of looks is stuck', () => {
    expect(lossAfter(...Array.from({ length: 12 }, () => running('waiting')))).toBeUndefined();
    expect(lossAfter(...Array.from({ length: 13 }, () => running('waiting')))).toBe('stuck');
  });

  it('whose task fails again and again is stuck, whatever messages arrive meanwhile', () => {
    expect(lossAfter(...Array.from({ length: 13 }, (_, index) => running('repeated', index)))).toBe('stuck');
  });

  it('that the server was asked for in vain is not lost, and no more stuck than before', () => {
    const silence = Array.from({ length: 100 }, (): VitalSigns => ({ kind: 'no-answer' }));
    expect(lossAfter(...Array.from({ length: 5 }, () => running('waiting')), ...silence)).toBeUndefined();
  });

  it('that gets on after all is as good as any', () => {
    const slow = Array.from({ length: 12 }, () => running('waiting'));
    expect(after(...slow, running('none', 8))).toMatchObject({ forMs: 0 });
  });

  it('that somebody has paused is stuck after a minute of looks', () => {
    const paused = vitalSignsOf('PAUSED', { task: 'none', events: 7 });
    expect(lossAfter(...Array.from({ length: 13 }, () => paused))).toBe('stuck');
  });

  it.each<[Status, string]>([
    ['TERMINATED', 'destroyed'],
    ['TIMED_OUT', 'destroyed'],
    ['CONTINUED_AS_NEW', 'destroyed'],
    ['COMPLETED', 'unsealed'],
    ['FAILED', 'unsealed'],
    ['CANCELLED', 'unsealed'],
  ])('that the server calls %s is lost, as %s', (status, kind) => {
    expect(lossAfter(vitalSignsOf(status, { task: 'none', events: 7 }))).toBe(kind);
  });
});
