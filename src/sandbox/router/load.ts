import { seededRandom } from './random.ts';

/** How busy the callers are over a day of theirs, which in a rehearsal is shorter than ours. */
export interface Load {
  /** Requests a second, on the average over a day without its bursts. */
  readonly rate: number;
  /** Milliseconds of a day. */
  readonly day: number;
  readonly seed: string;
}

/** By how much of the average the busiest hour lies above it, and the quietest below. */
const SWING = 0.3;
const HOURS = 24;
/** Once an hour everybody comes at once, for a tenth of it. */
const BURST = { share: 0.1, times: 1.5 };

/** Requests a second, so many milliseconds after the beginning, which is a morning; the same seed gives the same bursts. */
export function loadAt({ rate, day, seed }: Load, at: number): number {
  const timeOfDay = 1 + SWING * Math.sin((2 * Math.PI * at) / day);
  const hour = Math.floor((at * HOURS) / day);
  const sinceItBegan = (at * HOURS) / day - hour;
  const burstBegins = seededRandom(`${seed}/burst/${hour}`)() * (1 - BURST.share);
  const isBurst = sinceItBegan >= burstBegins && sinceItBegan < burstBegins + BURST.share;
  return rate * timeOfDay * (isBurst ? BURST.times : 1);
}
