import type { Random } from './random.ts';
import type { Traffic } from './traffic.ts';

/** What the traffic is like at a moment of a plan, asked once for each interval and in order. */
export type Course = (at: number) => Traffic;

/** One kind of traffic until `onset`, then another one for `lasting` milliseconds. */
export function disturbed(usual: Traffic, other: Traffic, onset: number, lasting: number): Course {
  return (at) => (at >= onset && at < onset + lasting ? other : usual);
}

/**
 * Comes and goes by chance, as trouble does (Gilbert and Elliott): a burst begins so often that `share` of all intervals
 * lie in one, and lasts `intervals` on average.
 */
export function bursty(
  { quiet, burst, share, intervals }: { quiet: Traffic; burst: Traffic; share: number; intervals: number },
  random: Random,
): Course {
  const ends = 1 / intervals;
  const begins = (ends * share) / (1 - share);
  let isBurst = random.share() < share;
  return () => {
    isBurst = random.share() < (isBurst ? 1 - ends : begins);
    return isBurst ? burst : quiet;
  };
}

/** From the first kind of traffic to the last one, step by step over `lasting` milliseconds. */
export function drifting(steps: readonly Traffic[], onset: number, lasting: number): Course {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('needs a step');
  return (at) => {
    if (at < onset) return first;
    return steps[Math.floor(((at - onset) / lasting) * steps.length)] ?? last;
  };
}
