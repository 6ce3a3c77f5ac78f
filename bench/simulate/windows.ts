import type { Plan } from '../../src/domain/plan-schema.ts';

/** A stretch of time at one traffic share that is judged as one. Times in milliseconds. */
export interface Window {
  /** A soak has to pass; in an open shift nothing is asked for but that no limit is broken. */
  readonly kind: 'soak' | 'shift';
  readonly percent: number;
  readonly length: number;
  /** The how-manieth of its run, from 1. */
  readonly ordinal: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An open shift ends after an hour, and when a soak begins: a minute or so after the traffic has moved. */
const SHIFT = HOUR;
const BRIEF_SHIFT = MINUTE;
/** How long people take to review denials and to approve the ramp, and to read the report at the end. */
const REVIEW = 135 * MINUTE;
const ENDING = 11 * MINUTE;

/** Every window of a go-live that nothing stops, in order: the soaks, and open shifts while people decide. */
export function windowsOf({ rollout: { lowTraffic, ramp, postLaunch } }: Plan): Window[] {
  const stretches: Omit<Window, 'ordinal'>[] = [
    { kind: 'shift', percent: lowTraffic.percent, length: BRIEF_SHIFT },
    { kind: 'soak', percent: lowTraffic.percent, length: lowTraffic.hold },
  ];
  for (let left = REVIEW; left > 0; left -= SHIFT) {
    stretches.push({ kind: 'shift', percent: lowTraffic.percent, length: Math.min(left, SHIFT) });
  }
  for (const { percent, hold } of ramp) {
    stretches.push({ kind: 'soak', percent, length: hold }, { kind: 'shift', percent, length: BRIEF_SHIFT });
  }
  stretches.push({ kind: 'soak', percent: 100, length: postLaunch }, { kind: 'shift', percent: 100, length: ENDING });
  return stretches.map((stretch, index) => ({ ...stretch, ordinal: index + 1 }));
}
