import type { Plan } from '../../src/domain/plan-schema.ts';

/** A stretch of a go-live at one traffic share. Times in milliseconds. */
export interface Stretch {
  /** A soak has to pass; while people are awaited nothing is asked for but that no limit is broken. */
  readonly kind: 'soak' | 'wait';
  readonly percent: number;
  readonly length: number;
  /** How many windows the run has begun before. */
  readonly begun: number;
}

/** A stretch of time that is judged as one. */
export interface Window {
  /** Milliseconds. */
  readonly length: number;
  /** The how-manieth of its run, from 1. */
  readonly ordinal: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * The guard watches from the first traffic to the end, whatever else is watched, in shifts of this length: what it has seen it
 * takes along, and what it may spend is another part of the budget in each.
 */
export const SHIFT = HOUR;
/** From the traffic having moved until a soak begins. */
const MOVING = MINUTE;
/** How long people take to review denials and to approve the ramp, and to read the report at the end. Who has no guard judges hour by hour. */
const REVIEW = [HOUR, HOUR, 15 * MINUTE];
const ENDING = 11 * MINUTE;

/** Every stretch of a go-live that nothing stops, in order: the soaks, and the time in between. */
export function stretchesOf({ rollout: { lowTraffic, ramp, postLaunch } }: Plan): Stretch[] {
  const stretches: Omit<Stretch, 'begun'>[] = [
    { kind: 'wait', percent: lowTraffic.percent, length: MOVING },
    { kind: 'soak', percent: lowTraffic.percent, length: lowTraffic.hold },
    ...REVIEW.map((length) => ({ kind: 'wait', percent: lowTraffic.percent, length }) as const),
    ...ramp.flatMap(({ percent, hold }) => [
      { kind: 'soak', percent, length: hold } as const,
      { kind: 'wait', percent, length: MOVING } as const,
    ]),
    { kind: 'soak', percent: 100, length: postLaunch },
    { kind: 'wait', percent: 100, length: ENDING },
  ];
  return stretches.map((stretch, index) => ({ ...stretch, begun: begunBefore(stretches.slice(0, index)) }));
}

/** The soaks among these, and a shift of the guard for every hour that had begun by then. */
function begunBefore(past: readonly Omit<Stretch, 'begun'>[]): number {
  const elapsed = past.reduce((sum, { length }) => sum + length, 0);
  return past.filter(({ kind }) => kind === 'soak').length + Math.floor(elapsed / SHIFT) + 1;
}
